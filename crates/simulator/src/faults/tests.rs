//! The faults file, its schema and its manual say the same.

use serde_json::Value;

use super::{Faults, MediaFault, MessageFault, dice};

fn names(value: &Value, prefix: &str, found: &mut Vec<String>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        found.push(format!("{prefix}{name}"));
        names(inner, &format!("{prefix}{name}."), found);
    }
}

fn schema_names(schema: &Value, prefix: &str, found: &mut Vec<String>) {
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        found.push(format!("{prefix}{name}"));
        schema_names(inner, &format!("{prefix}{name}."), found);
    }
}

#[test]
fn the_schema_and_the_manual_name_every_knob() {
    let mut ours = Vec::new();
    names(&serde_json::to_value(Faults::default()).unwrap(), "", &mut ours);
    let schema: Value = serde_json::from_str(include_str!("../../faults.schema.json")).unwrap();
    let mut theirs = Vec::new();
    schema_names(&schema, "", &mut theirs);
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
    let manual = include_str!("../../../../docs/simulator-faults.md");
    for path in ours {
        let knob = path.rsplit('.').next().unwrap().to_owned();
        assert!(manual.contains(&format!("`{knob}`")), "the manual does not explain {path}");
    }
}

#[test]
fn names_of_faults_round_trip_and_unknown_ones_are_refused() {
    let text = r#"{"messages":{"ratios":{"broken_json":0.5,"decrypt_code_10006":1},"at_seq":{"5":"decrypt_abort"}},"media":{"by_id":{"x":"cut_off"}},"sdk":{"get_chat_data":{"codes":{"10001":0.1}},"errcodes":{"301053":1}}}"#;
    let faults: Faults = serde_json::from_str(text).unwrap();
    assert_eq!(faults.messages.at_seq.get(&5), Some(&MessageFault::DecryptAbort));
    assert_eq!(faults.messages.ratios.get(&MessageFault::DecryptCode(10006)), Some(&1.0));
    assert_eq!(faults.media.by_id.get("x"), Some(&MediaFault::CutOff));
    let again: Faults = serde_json::from_value(serde_json::to_value(&faults).unwrap()).unwrap();
    assert_eq!(again, faults);
    for wrong in [r#"{"mesages":{}}"#, r#"{"messages":{"ratios":{"decrypt_code_1":1}}}"#, r#"{"http":{"x":1}}"#] {
        assert!(serde_json::from_str::<Faults>(wrong).is_err(), "{wrong} was accepted");
    }
}

#[test]
fn chances_keep_their_ratio_and_repeat() {
    let hits = (0..10_000).filter(|number| dice::happens(1, "x", *number, 0.2)).count();
    assert!((1_800..2_200).contains(&hits), "{hits} of 10 000 at 0.2");
    assert!((0..1_000).all(|number| dice::happens(1, "x", number, 1.0) && !dice::happens(1, "x", number, 0.0)));
    assert!((0..100).all(|number| dice::draw(3, "y", number).to_bits() == dice::draw(3, "y", number).to_bits()));
}
