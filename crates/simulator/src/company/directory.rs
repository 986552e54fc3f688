//! The people: departments, members, contacts, groups, robots and tags.
//!
//! A holding with six trades under one roof, so that a demo shows them all. Pure; the order of
//! everything is fixed by the seed.

use std::collections::HashSet;

use super::dice::{Dice, mix, mix_text, mix_two, token};
use super::names::{self, PersonName};
use super::scenario::INTERNAL;
use super::{CompanyConfig, Contact, Department, Follow, Group, Member, Robot, TagGroup};

const DAY_MS: i64 = 86_400_000;
const CORP_NAMES: [&str; 6] = ["安和集团", "远山控股", "明川集团", "嘉禾联合", "海岳集团", "启元控股"];

/// A department: id, parent, name, English name, book, position of its members (leaves only).
type Plan = (u32, u32, &'static str, &'static str, usize, &'static str);

const DEPARTMENTS: [Plan; 38] = [
    (2, 1, "总经办", "Executive Office", 6, "总经理助理"),
    (3, 1, "人力资源部", "Human Resources", 6, "人事专员"),
    (4, 1, "财务部", "Finance", 6, "会计"),
    (5, 1, "合规与审计部", "Compliance and Audit", 6, "合规专员"),
    (10, 1, "银行事业部", "Banking", 0, ""),
    (11, 10, "零售银行部", "Retail Banking", 0, ""),
    (12, 11, "财富管理中心", "Wealth Management", 0, "理财经理"),
    (13, 11, "个人贷款中心", "Personal Loans", 0, "客户经理"),
    (14, 10, "对公业务部", "Corporate Banking", 0, "对公客户经理"),
    (20, 1, "保险事业部", "Insurance", 1, ""),
    (21, 20, "个险营销部", "Individual Insurance", 1, ""),
    (22, 21, "营销一区", "Sales District 1", 1, "保险顾问"),
    (23, 21, "营销二区", "Sales District 2", 1, "保险顾问"),
    (24, 20, "理赔服务部", "Claims", 1, "理赔专员"),
    (30, 1, "医疗健康事业部", "Health Care", 2, ""),
    (31, 30, "门诊部", "Outpatient Department", 2, "健康顾问"),
    (32, 30, "体检中心", "Check-up Centre", 2, "体检顾问"),
    (33, 30, "客户服务中心", "Patient Service", 2, ""),
    (34, 33, "随访组", "Follow-up Team", 2, "随访护士"),
    (40, 1, "电商零售事业部", "E-commerce", 3, ""),
    (41, 40, "客服部", "Customer Service", 3, ""),
    (42, 41, "售前组", "Pre-sales", 3, "售前客服"),
    (43, 41, "售后组", "After-sales", 3, "售后客服"),
    (44, 40, "运营部", "Operations", 3, "社群运营"),
    (45, 40, "采购部", "Purchasing", 3, "采购专员"),
    (50, 1, "教育事业部", "Education", 4, ""),
    (51, 50, "课程顾问部", "Course Advisers", 4, "课程顾问"),
    (52, 50, "教务部", "Academic Affairs", 4, ""),
    (53, 52, "班主任组", "Class Teachers", 4, "班主任"),
    (54, 50, "教研部", "Curriculum", 4, "教研老师"),
    (60, 1, "软件科技事业部", "Software", 5, ""),
    (61, 60, "销售部", "Sales", 5, ""),
    (62, 61, "华东销售组", "Sales East", 5, "销售经理"),
    (63, 61, "华南销售组", "Sales South", 5, "销售经理"),
    (64, 60, "实施交付部", "Delivery", 5, "实施顾问"),
    (65, 60, "客户成功部", "Customer Success", 5, "客户成功经理"),
    (66, 60, "研发中心", "Engineering", 5, "研发工程师"),
    (67, 66, "测试组", "Quality Assurance", 5, "测试工程师"),
];
/// Books in the order seats are handed out: each trade gets more people than the head office.
const SEATS: [usize; 13] = [6, 0, 3, 1, 2, 4, 5, 0, 3, 5, 1, 4, 2];
/// Books in the order contacts are handed out.
const DEMAND: [usize; 12] = [0, 3, 1, 2, 3, 4, 5, 0, 3, 1, 2, 4];
/// Tags that any trade gives: group and names.
const COMMON_TAGS: [(&str, &[&str]); 3] = [
    ("客户等级", &["普通", "重要", "VIP"]),
    ("意向程度", &["高意向", "中意向", "低意向", "已成交"]),
    ("来源", &["门店扫码", "活动报名", "老客户介绍", "官网咨询"]),
];
/// The group and the tags of each trade, in the order of the books.
const TRADE_TAGS: [(&str, &[&str]); 6] = [
    ("银行业务", &["定期存款", "稳健理财", "个人房贷", "信用卡", "代发工资", "对公结算"]),
    ("保险业务", &["重疾险", "医疗险", "车险", "年金险", "理赔中", "待续保"]),
    ("医疗健康", &["年度体检", "慢病管理", "孕产", "术后随访", "口腔", "企业团检"]),
    ("电商零售", &["会员", "复购客户", "退换货", "大促关注", "团长", "经销商"]),
    ("教育培训", &["小学数学", "英语口语", "考研", "已约试听", "在读学员", "待续班"]),
    ("软件服务", &["试用中", "已签约", "实施中", "待续费", "二次开发", "渠道伙伴"]),
];
/// Share of members with an archive seat, per mille.
const ARCHIVED_PER_MILLE: u32 = 900;
/// One group with contacts for so many contacts of a trade, and one more.
const CONTACTS_PER_GROUP: usize = 12;

/// How a contact is spoken of.
#[derive(Clone, Debug)]
pub struct Names {
    /// Surname, or first name in English.
    pub short: String,
    pub full: String,
    pub english: bool,
    /// Writes traditional characters.
    pub traditional: bool,
}

/// Everything made here.
pub struct People {
    pub company_name: String,
    pub departments: Vec<Department>,
    pub members: Vec<Member>,
    pub contacts: Vec<Contact>,
    pub groups: Vec<Group>,
    pub robots: Vec<Robot>,
    pub tag_groups: Vec<TagGroup>,
    pub names: Vec<PersonName>,
    pub contact_names: Vec<Names>,
    pub crews: Vec<Vec<usize>>,
    pub audiences: Vec<Vec<usize>>,
    pub followers: Vec<Vec<usize>>,
    pub crowds: Vec<Vec<usize>>,
    pub teams: Vec<Vec<usize>>,
    pub circles: Vec<(Vec<usize>, Vec<usize>)>,
}

/// Makes the people of the company.
pub fn people(config: &CompanyConfig, seed: u64, start_at_ms: i64) -> People {
    let company_name = CORP_NAMES[config.corp as usize % CORP_NAMES.len()].to_owned();
    let mut people = People {
        departments: departments(&company_name),
        company_name,
        members: Vec::new(),
        contacts: Vec::new(),
        groups: Vec::new(),
        robots: Vec::new(),
        tag_groups: tag_groups(),
        names: Vec::new(),
        contact_names: Vec::new(),
        crews: vec![Vec::new(); INTERNAL + 1],
        audiences: vec![Vec::new(); INTERNAL + 1],
        followers: Vec::new(),
        crowds: vec![Vec::new(); INTERNAL + 1],
        teams: vec![Vec::new(); INTERNAL + 1],
        circles: Vec::new(),
    };
    add_members(&mut people, config, seed);
    add_contacts(&mut people, config, seed, start_at_ms);
    add_groups(&mut people, seed, start_at_ms);
    add_robots(&mut people, seed);
    people
}

fn departments(company_name: &str) -> Vec<Department> {
    let root =
        Department { id: 1, parent: 0, name: company_name.to_owned(), name_en: "Group".to_owned(), order: 100_000_000 };
    let others = DEPARTMENTS.iter().map(|(id, parent, name, name_en, _, _)| Department {
        id: *id,
        parent: *parent,
        name: (*name).to_owned(),
        name_en: (*name_en).to_owned(),
        order: 100_000 - id * 1000,
    });
    std::iter::once(root).chain(others).collect()
}

fn tag_groups() -> Vec<TagGroup> {
    let group = |(name, tags): &(&str, &[&str])| TagGroup {
        name: (*name).to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    };
    COMMON_TAGS.iter().chain(&TRADE_TAGS).map(group).collect()
}

/// What a member notes about a contact: of any group at most one tag, of the trades' groups only the own one.
fn tags(book: usize, dice: &mut Dice) -> Vec<String> {
    let mut tags = Vec::new();
    for (_, names) in COMMON_TAGS.iter().chain(TRADE_TAGS.get(book)) {
        if dice.chance(450) {
            tags.push((*dice.pick(names)).to_owned());
        }
    }
    tags
}

fn add_members(people: &mut People, config: &CompanyConfig, seed: u64) {
    let mut taken = HashSet::new();
    let mut seats = [0_usize; INTERNAL + 1];
    let mut dice = Dice::new(mix_text(seed, "members"));
    for index in 0..config.members as usize {
        let book = SEATS[index % SEATS.len()];
        let leaves: Vec<&Plan> = DEPARTMENTS.iter().filter(|plan| plan.4 == book && !plan.5.is_empty()).collect();
        let leaf = leaves[seats[book] % leaves.len()];
        let first_seat = seats[book] == 0;
        // The second round through the leaves gives each its leader.
        let leader = first_seat || seats[book] / leaves.len() == 1;
        seats[book] += 1;
        let person_seed = dice.next();
        let name = PersonName::new(person_seed);
        let plain_id = names::userid(&name, person_seed);
        // One more try than there are userids must find a free one.
        let userid = (1..=taken.len() + 1)
            .map(|turn| if turn == 1 { plain_id.clone() } else { format!("{plain_id}{turn}") })
            .find(|candidate| !taken.contains(&candidate.to_lowercase()))
            .expect("more candidates than userids taken");
        taken.insert(userid.to_lowercase());
        let archived = first_seat || dice.chance(ARCHIVED_PER_MILLE);
        let status = if first_seat || !dice.chance(40) { 1 } else { *dice.pick(&[2, 4]) };
        let mut homes = vec![leaf.0];
        if first_seat && leaf.1 != 1 {
            homes.push(leaf.1);
        }
        let position = if leader { format!("{}负责人", leaf.2) } else { leaf.5.to_owned() };
        if status == 1 && archived {
            people.crews[book].push(index);
        }
        people.members.push(Member {
            userid,
            name: name.full(),
            departments: homes,
            leader,
            position,
            mobile: names::mobile(person_seed),
            archived,
            status,
        });
        people.names.push(name);
    }
    let everyone: Vec<usize> = people.crews.iter().flatten().copied().collect();
    for crew in people.crews.iter_mut().filter(|crew| crew.is_empty()) {
        crew.clone_from(&everyone);
    }
    // Talk inside the company is everybody's.
    people.crews[INTERNAL] = everyone;
}

fn external_id(prefix: &str, seed: u64, number: u64) -> String {
    let corp = token(mix_two(seed, 0x6964), 6);
    let prefix_seed = mix_text(seed, prefix);
    format!("{prefix}{corp}AA{}", token(mix_two(prefix_seed, number), 22))
}

fn add_contacts(people: &mut People, config: &CompanyConfig, seed: u64, start_at_ms: i64) {
    let mut dice = Dice::new(mix_text(seed, "contacts"));
    for index in 0..config.contacts as usize {
        let book = DEMAND[index % DEMAND.len()];
        let person_seed = dice.next();
        let person = PersonName::new(person_seed);
        let wecom = dice.chance(if book == 5 { 450 } else { 120 });
        let english = index >= DEMAND.len() && dice.chance(55);
        let traditional = !english && dice.chance(55);
        let (first, english_name) = names::english(person_seed);
        let firm = names::firm(person_seed);
        let names = if english {
            Names { short: first.to_owned(), full: english_name, english, traditional }
        } else {
            Names { short: person.surname.to_owned(), full: person.full(), english, traditional }
        };
        let display = if english || wecom { names.full.clone() } else { names::display_name(&person, person_seed) };
        let (follows, followers) = follows(people, book, &names, &mut dice, start_at_ms, config);
        let number = index as u64;
        people.contacts.push(Contact {
            external_userid: external_id(if wecom { "wo" } else { "wm" }, seed, number),
            name: display,
            corp_name: wecom.then_some(firm),
            kind: if wecom { 2 } else { 1 },
            gender: match mix(person_seed ^ 7) % 12 {
                0 => 0,
                _ => 1 + u8::from(person.woman),
            },
            unionid: (!wecom && dice.chance(600)).then(|| format!("o{}", token(mix_two(seed ^ 0x756e, number), 27))),
            follows,
        });
        people.contact_names.push(names);
        people.audiences[book].push(index);
        people.followers.push(followers);
    }
}

fn follows(
    people: &People,
    book: usize,
    names: &Names,
    dice: &mut Dice,
    start_at_ms: i64,
    config: &CompanyConfig,
) -> (Vec<Follow>, Vec<usize>) {
    let crew = &people.crews[book];
    let mut followers = vec![crew[dice.skewed(crew.len())]];
    for _ in 0..2 {
        let other = *dice.pick(crew);
        if dice.chance(180) && !followers.contains(&other) {
            followers.push(other);
        }
    }
    let span_days = ((config.end_at_ms - start_at_ms) / DAY_MS).max(1) as u64;
    let follows = followers.iter().map(|follower| {
        // Two of three were known before the past began.
        let created_at_ms = if dice.chance(670) {
            start_at_ms - dice.between(1, 500 * 1440) as i64 * 60_000
        } else {
            start_at_ms + dice.between(0, span_days * 1000) as i64 * 69_120
        };
        let tags = tags(book, dice);
        let suffix = *dice.pick(&["", "", "", "-老客户", "-门店", "-转介绍", "（重要）"]);
        let state = *dice.pick(&["", "", "store_qr", "web_2026", "expo", "article"]);
        Follow {
            userid: people.members[*follower].userid.clone(),
            remark: format!("{}{suffix}", names.full),
            created_at_ms,
            tags,
            state: state.to_owned(),
        }
    });
    (follows.collect(), followers)
}

const CROWD_NAMES: [[&str; 4]; 6] = [
    ["财富沙龙交流群", "房贷业务咨询群", "代发工资客户群", "贵宾理财早知道"],
    ["家庭保障交流群", "理赔绿色通道群", "车险续保服务群", "养老规划学习群"],
    ["体检报告解读群", "孕妈交流群", "慢病管理群", "术后康复群"],
    ["会员福利群", "新品试用群", "社区团购群", "经销商订货群"],
    ["家长交流群", "数学提高班家校群", "英语口语营", "考研冲刺群"],
    ["项目实施沟通群", "产品内测群", "客户技术支持群", "年度运维服务群"],
];
const TEAM_NAMES: [[&str; 3]; 7] = [
    ["银行事业部工作群", "理财经理日报群", "贷后管理群"],
    ["保险事业部工作群", "晨会打卡群", "理赔会商群"],
    ["医疗事业部工作群", "门诊排班群", "随访协作群"],
    ["电商事业部工作群", "客服值班群", "大促作战群"],
    ["教育事业部工作群", "教务排课群", "续班冲刺群"],
    ["软件事业部工作群", "上线保障群", "需求评审群"],
    ["集团通知群", "合规学习群", "行政后勤群"],
];

fn add_groups(people: &mut People, seed: u64, start_at_ms: i64) {
    let mut dice = Dice::new(mix_text(seed, "groups"));
    for (book, crowd_names) in CROWD_NAMES.iter().enumerate() {
        let count = people.audiences[book].len() / CONTACTS_PER_GROUP + 1;
        for number in 0..count {
            let name = crowd_names[number % 4];
            let name = if number < 4 { name.to_owned() } else { format!("{name}{}", number / 4 + 1) };
            let members = draw(&people.crews[book], 3, &mut dice);
            let size = dice.between(4, 11) as usize;
            let contacts = draw(&people.audiences[book], size, &mut dice);
            let group = add_group(people, seed, (name, members, contacts), start_at_ms, &mut dice);
            people.crowds[book].push(group);
        }
    }
    for (book, names) in TEAM_NAMES.iter().enumerate() {
        for name in names {
            let size = dice.between(4, 9) as usize;
            let mut members = draw(&people.crews[book], size, &mut dice);
            if members.len() < 3 {
                members = draw(&people.crews[INTERNAL], 5, &mut dice);
            }
            let team = ((*name).to_owned(), members, Vec::new());
            let group = add_group(people, seed, team, start_at_ms, &mut dice);
            people.teams[book].push(group);
        }
    }
}

/// Up to `count` distinct entries of `pool`, in order of drawing.
fn draw(pool: &[usize], count: usize, dice: &mut Dice) -> Vec<usize> {
    let mut left = pool.to_vec();
    let count = count.min(left.len());
    (0..count).map(|_| left.swap_remove(dice.below(left.len()))).collect()
}

fn add_group(
    people: &mut People,
    seed: u64,
    (name, members, contacts): (String, Vec<usize>, Vec<usize>),
    start_at_ms: i64,
    dice: &mut Dice,
) -> usize {
    const NOTICES: [&str; 4] =
        ["", "群内请勿发布广告，工作时间 9:00-18:00", "重要通知请留意群公告", "请各位修改群昵称为 姓名+单位"];
    let userids = members.iter().map(|member| people.members[*member].userid.clone());
    let externals = contacts.iter().map(|contact| people.contacts[*contact].external_userid.clone());
    let ids: Vec<String> = userids.chain(externals).collect();
    let index = people.groups.len();
    people.groups.push(Group {
        roomid: external_id("wr", seed, index as u64),
        name,
        owner: ids.first().cloned().unwrap_or_default(),
        external: !contacts.is_empty(),
        members: ids,
        created_at_ms: start_at_ms - dice.between(1, 400) as i64 * DAY_MS,
        notice: (*dice.pick(&NOTICES)).to_owned(),
    });
    people.circles.push((members, contacts));
    index
}

fn add_robots(people: &mut People, seed: u64) {
    for (number, name) in ["日报小助手", "工单提醒", "监控告警"].iter().enumerate() {
        let crew = &people.crews[INTERNAL];
        let creator = crew[number * 5 % crew.len()];
        people.robots.push(Robot {
            id: external_id("wb", seed, number as u64),
            name: (*name).to_owned(),
            creator: people.members[creator].userid.clone(),
        });
    }
}
