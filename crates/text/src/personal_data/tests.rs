//! What counts as personal data, on written examples and on the development set of ../shared.
//! It must never print a number from the set that is not invented (all of them are generated).

use std::collections::BTreeMap;

use crate::{PersonalDataKind, detect, mask};

fn check(text: &str, expected: &[(PersonalDataKind, &str)]) {
    let found: Vec<(PersonalDataKind, &str)> =
        detect(text).iter().map(|find| (find.kind, &text[find.start..find.end])).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn personal_data_is_found_in_the_forms_people_write() {
    use PersonalDataKind::{BankCard, Email, IdCard, Landline, Mobile};
    check("电话13800138000。", &[(Mobile, "13800138000")]);
    check("+86 138-0013-8000/86 13800138000", &[(Mobile, "+86 138-0013-8000"), (Mobile, "86 13800138000")]);
    check("Tel13800138000", &[(Mobile, "13800138000")]);
    check("１３８００１３８０００", &[(Mobile, "１３８００１３８０００")]);
    check("电话幺三八零零幺三八零零零", &[(Mobile, "幺三八零零幺三八零零零")]);
    check("2026-11-03 14:27:51 13800138000", &[(Mobile, "13800138000")]);
    check("座机(010)62345678或0571-21393095转801", &[(Landline, "(010)62345678"), (Landline, "0571-21393095")]);
    check("身份证11010519491231002X到店", &[(IdCard, "11010519491231002X")]);
    check("身份证 110105 19491231 002x", &[(IdCard, "110105 19491231 002x")]);
    check("身份证号110105491231002", &[(IdCard, "110105491231002")]);
    check("卡6217 0064 3633 6395 326收", &[(BankCard, "6217 0064 3633 6395 326")]);
    check(
        "wang.lei107 @ 163.com，lily_1@a-b.com.cn.",
        &[(Email, "wang.lei107 @ 163.com"), (Email, "lily_1@a-b.com.cn")],
    );
}

#[test]
fn numbers_of_other_kinds_are_left_alone() {
    for text in [
        "订单号674646732348156691还没发货",
        "订单号13800138000",
        "运单号SF9728378326616",
        "快递单号 694886692453 三天没动了",
        "付款时间2026-11-03 14:27:51",
        "400-800-1234打不通",
        "11010519491231002Z 110105194912310021 110105491231002",
        "税号91310115R3G8825U1A",
        "6217006436336395327",
        "wxid_13800138000 138001380001 12800138000",
        "@所有人 a@b 明天@你.com",
        "一九八五年三月二十一日",
    ] {
        check(text, &[]);
    }
}

#[test]
fn masks_keep_the_ends() {
    assert_eq!(mask("打+86 138-1234-5678吧"), "打+86 138****5678吧");
    assert_eq!(mask("13812345678、0571-21393095"), "138****5678、0571-****3095");
    assert_eq!(mask("证11010519491231002x"), "证110***********002X");
    assert_eq!(mask("卡6217006436336395326"), "卡6217 **** **** 5326");
    assert_eq!(mask("发wang.lei @ 163.com"), "发w***@163.com");
    assert_eq!(mask("没有"), "没有");
}

#[test]
fn development_set_is_met() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/pii/dev.jsonl");
    let Ok(file) = std::fs::read_to_string(path) else {
        println!("SKIPPED: ../shared is not here");
        return;
    };
    let kinds = [
        ("MOBILE", PersonalDataKind::Mobile),
        ("LANDLINE", PersonalDataKind::Landline),
        ("ID_CARD", PersonalDataKind::IdCard),
        ("BANK_CARD", PersonalDataKind::BankCard),
        ("EMAIL", PersonalDataKind::Email),
    ];
    let mut figures: BTreeMap<PersonalDataKind, [usize; 3]> = BTreeMap::new();
    for line in file.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = row["text"].as_str().unwrap();
        let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let mut expected = Vec::new();
        for span in row["spans"].as_array().unwrap() {
            let Some((_, kind)) = kinds.iter().find(|(name, _)| span["type"] == *name) else {
                continue;
            };
            let place = |key: &str| bytes[span[key].as_u64().unwrap() as usize];
            expected.push((*kind, place("start"), place("end")));
        }
        let found: Vec<_> = detect(text).iter().map(|find| (find.kind, find.start, find.end)).collect();
        for find in &found {
            let hit = expected.contains(find);
            figures.entry(find.0).or_default()[usize::from(!hit)] += 1;
            if !hit {
                println!("too much: {} in {text}", &text[find.1..find.2]);
            }
        }
        for want in expected.iter().filter(|want| !found.contains(want)) {
            figures.entry(want.0).or_default()[2] += 1;
            println!("missed: {} in {text}", &text[want.1..want.2]);
        }
    }
    for (kind, [hit, extra, missed]) in &figures {
        let f1 = 2.0 * *hit as f64 / (2 * hit + extra + missed) as f64;
        println!("{kind:?}: {hit} found, {extra} too much, {missed} missed, F1 {f1:.4}");
        assert!(f1 >= 0.995, "{kind:?}");
    }
    assert_eq!(figures.len(), 5);
}
