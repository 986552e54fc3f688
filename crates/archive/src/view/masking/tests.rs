//! Names and titles at each level.

use xinlu_http::Level;
use xinlu_identity::PartyName;
use xinlu_model::PartyKind;

use super::{masked_name, shown_group_title, shown_name, title_of_names};

const LEVELS: [Level; 3] = [Level::Text, Level::Masked, Level::Metadata];

fn party(kind: PartyKind, name: &str) -> PartyName {
    let text = |text: &str| text.to_owned();
    PartyName {
        kind,
        name: text(name),
        avatar: text(""),
        company: text(""),
        source: text("wecom:wwtest"),
        external_id: text("wmA"),
    }
}

#[test]
fn a_masked_name_tells_the_first_letter_and_not_the_length() {
    let names = ["王小明", "王明", "欧阳娜娜", "Jane Doe", " 李", "138小王", "😀王", ""];
    assert_eq!(names.map(masked_name), ["王**", "王**", "欧**", "J**", "李**", "**", "**", "**"]);
}

#[test]
fn only_names_of_contacts_are_taken_away() {
    let shown = |kind, name: &str| LEVELS.map(|level| shown_name(&party(kind, name), level));
    assert_eq!(shown(PartyKind::Contact, "王小明"), ["王小明", "王**", "wmA"]);
    assert_eq!(shown(PartyKind::Contact, "wmA"), ["wmA"; 3], "an id is no name");
    assert_eq!(shown(PartyKind::Member, "张伟"), ["张伟"; 3]);
    assert_eq!(shown(PartyKind::Bot, "提醒"), ["提醒"; 3]);
}

#[test]
fn a_title_loses_names_and_personal_data() {
    let names = ["王小明", "王", "Jane"];
    let shown = |title: &str| LEVELS.map(|level| shown_group_title(title, "wrG", &names, level));
    assert_eq!(shown("王小明售后群 13800138000"), ["王小明售后群 13800138000", "王**售后群 138****8000", "wrG"]);
    assert_eq!(shown("Jane与王总报价")[1], "J**与王**总报价");
    assert_eq!(shown("内部")[1], "内部");
    assert_eq!(shown_group_title("群", "wrG", &[""], Level::Masked), "群");
    assert_eq!(title_of_names(&["甲", "乙"]), "甲、乙");
    assert_eq!(title_of_names(&["甲", "乙", "丙", "丁", "戊"]), "甲、乙、丙、丁…");
}
