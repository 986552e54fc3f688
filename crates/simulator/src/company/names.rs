//! Names: of members (with the spelling their userid comes from), of contacts and of firms.
//!
//! All people are made up. Pure data and pure functions of a number.

use super::dice::{mix, mix_two};

/// A name and its spelling in lower case.
type Spelled = (&'static str, &'static str);

const SURNAMES: [Spelled; 100] = [
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("赵", "zhao"),
    ("黄", "huang"),
    ("周", "zhou"),
    ("吴", "wu"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("胡", "hu"),
    ("朱", "zhu"),
    ("高", "gao"),
    ("林", "lin"),
    ("何", "he"),
    ("郭", "guo"),
    ("马", "ma"),
    ("罗", "luo"),
    ("梁", "liang"),
    ("宋", "song"),
    ("郑", "zheng"),
    ("谢", "xie"),
    ("韩", "han"),
    ("唐", "tang"),
    ("冯", "feng"),
    ("于", "yu"),
    ("董", "dong"),
    ("萧", "xiao"),
    ("程", "cheng"),
    ("曹", "cao"),
    ("袁", "yuan"),
    ("邓", "deng"),
    ("许", "xu"),
    ("傅", "fu"),
    ("沈", "shen"),
    ("曾", "zeng"),
    ("彭", "peng"),
    ("吕", "lv"),
    ("苏", "su"),
    ("卢", "lu"),
    ("蒋", "jiang"),
    ("蔡", "cai"),
    ("贾", "jia"),
    ("丁", "ding"),
    ("魏", "wei"),
    ("薛", "xue"),
    ("叶", "ye"),
    ("阎", "yan"),
    ("余", "yu"),
    ("潘", "pan"),
    ("杜", "du"),
    ("戴", "dai"),
    ("夏", "xia"),
    ("钟", "zhong"),
    ("汪", "wang"),
    ("田", "tian"),
    ("任", "ren"),
    ("姜", "jiang"),
    ("范", "fan"),
    ("方", "fang"),
    ("石", "shi"),
    ("姚", "yao"),
    ("谭", "tan"),
    ("廖", "liao"),
    ("邹", "zou"),
    ("熊", "xiong"),
    ("金", "jin"),
    ("陆", "lu"),
    ("郝", "hao"),
    ("孔", "kong"),
    ("白", "bai"),
    ("崔", "cui"),
    ("康", "kang"),
    ("毛", "mao"),
    ("邱", "qiu"),
    ("秦", "qin"),
    ("江", "jiang"),
    ("史", "shi"),
    ("顾", "gu"),
    ("侯", "hou"),
    ("邵", "shao"),
    ("孟", "meng"),
    ("龙", "long"),
    ("万", "wan"),
    ("段", "duan"),
    ("雷", "lei"),
    ("钱", "qian"),
    ("汤", "tang"),
    ("尹", "yin"),
    ("黎", "li"),
    ("易", "yi"),
    ("常", "chang"),
    ("武", "wu"),
    ("乔", "qiao"),
    ("贺", "he"),
    ("赖", "lai"),
    ("龚", "gong"),
    ("文", "wen"),
];
const MEN: [Spelled; 40] = [
    ("伟", "wei"),
    ("强", "qiang"),
    ("磊", "lei"),
    ("军", "jun"),
    ("勇", "yong"),
    ("杰", "jie"),
    ("涛", "tao"),
    ("明", "ming"),
    ("超", "chao"),
    ("志强", "zhiqiang"),
    ("建国", "jianguo"),
    ("建华", "jianhua"),
    ("国强", "guoqiang"),
    ("海涛", "haitao"),
    ("文博", "wenbo"),
    ("子轩", "zixuan"),
    ("浩然", "haoran"),
    ("俊杰", "junjie"),
    ("宇航", "yuhang"),
    ("晓东", "xiaodong"),
    ("立群", "liqun"),
    ("大伟", "dawei"),
    ("振华", "zhenhua"),
    ("家豪", "jiahao"),
    ("天佑", "tianyou"),
    ("一鸣", "yiming"),
    ("思远", "siyuan"),
    ("嘉伟", "jiawei"),
    ("鹏飞", "pengfei"),
    ("少华", "shaohua"),
    ("德胜", "desheng"),
    ("永康", "yongkang"),
    ("泽宇", "zeyu"),
    ("博文", "bowen"),
    ("明辉", "minghui"),
    ("凯", "kai"),
    ("斌", "bin"),
    ("峰", "feng"),
    ("波", "bo"),
    ("辉", "hui"),
];
const WOMEN: [Spelled; 40] = [
    ("芳", "fang"),
    ("娜", "na"),
    ("敏", "min"),
    ("静", "jing"),
    ("丽", "li"),
    ("艳", "yan"),
    ("娟", "juan"),
    ("霞", "xia"),
    ("秀英", "xiuying"),
    ("桂兰", "guilan"),
    ("婷婷", "tingting"),
    ("雪梅", "xuemei"),
    ("丽华", "lihua"),
    ("晓燕", "xiaoyan"),
    ("思雨", "siyu"),
    ("梦琪", "mengqi"),
    ("欣怡", "xinyi"),
    ("雨桐", "yutong"),
    ("佳怡", "jiayi"),
    ("诗涵", "shihan"),
    ("子涵", "zihan"),
    ("雅婷", "yating"),
    ("玉珍", "yuzhen"),
    ("淑华", "shuhua"),
    ("红梅", "hongmei"),
    ("慧敏", "huimin"),
    ("晓雯", "xiaowen"),
    ("若曦", "ruoxi"),
    ("嘉欣", "jiaxin"),
    ("心怡", "xinyi"),
    ("春燕", "chunyan"),
    ("美玲", "meiling"),
    ("倩", "qian"),
    ("琳", "lin"),
    ("洁", "jie"),
    ("颖", "ying"),
    ("莹", "ying"),
    ("璐", "lu"),
    ("薇", "wei"),
    ("雯", "wen"),
];
const ENGLISH_NAMES: [&str; 16] = [
    "Michael", "Sarah", "David", "Emma", "James", "Olivia", "Daniel", "Grace", "Kevin", "Sophie", "Andrew", "Linda",
    "Thomas", "Rachel", "Peter", "Helen",
];
const ENGLISH_SURNAMES: [&str; 10] =
    ["Miller", "Brown", "Tan", "Wilson", "Lee", "Clark", "Wong", "Schmidt", "Park", "Taylor"];
const NICKNAMES: [&str; 28] = [
    "阳光总在风雨后",
    "小鱼儿🐟",
    "岁月静好",
    "平安是福",
    "A建材批发老店",
    "花开富贵🌸",
    "一米阳光",
    "云淡风轻",
    "豆豆妈",
    "可乐加冰🥤",
    "追风的少年",
    "听雨",
    "上善若水",
    "海阔天空",
    "小太阳☀️",
    "奋斗的蜗牛",
    "芝麻开门",
    "静待花开",
    "茶余饭后",
    "鸿运当头",
    "果果爸爸",
    "南方有嘉木",
    "半糖主义",
    "向日葵🌻",
    "Lucky",
    "momo",
    "糖糖麻麻",
    "老北京炸酱面",
];
const FIRM_NAMES: [&str; 24] = [
    "宏远", "华信", "恒通", "博雅", "瑞丰", "天成", "中联", "正大", "金桥", "蓝海", "东方", "鼎盛", "万和", "新源",
    "德润", "卓越", "启明", "优品", "长青", "百川", "嘉禾", "明德", "汇通", "盛世",
];
const FIRM_TRADES: [&str; 10] =
    ["科技", "商贸", "实业", "建材", "物流", "医药", "文化传媒", "机械制造", "食品", "信息技术"];
pub const CITIES: [&str; 20] = [
    "北京", "上海", "广州", "深圳", "杭州", "成都", "武汉", "南京", "西安", "重庆", "苏州", "天津", "长沙", "郑州",
    "青岛", "宁波", "厦门", "合肥", "佛山", "昆明",
];

/// A made-up person.
#[derive(Clone, Debug)]
pub struct PersonName {
    pub surname: &'static str,
    pub given: &'static str,
    /// Spelling of surname and given name in lower case.
    pub spelling: (&'static str, &'static str),
    pub woman: bool,
}

impl PersonName {
    /// The name number `seed`.
    pub fn new(seed: u64) -> Self {
        let hash = mix(seed);
        let woman = hash & 1 == 1;
        let surname = entry(&SURNAMES, hash >> 8);
        let given = entry(if woman { &WOMEN } else { &MEN }, hash >> 32);
        Self { surname: surname.0, given: given.0, spelling: (surname.1, given.1), woman }
    }

    /// Surname and given name together.
    pub fn full(&self) -> String {
        format!("{}{}", self.surname, self.given)
    }
}

/// Entry `number` of a list, counted round and round.
fn entry(list: &[Spelled], number: u64) -> Spelled {
    list[(number % list.len() as u64) as usize]
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_uppercase() + rest
}

/// A userid in one of the styles administrators give out.
pub fn userid(name: &PersonName, seed: u64) -> String {
    let (surname, given) = name.spelling;
    match mix_two(seed, 11) % 100 {
        0..=44 => format!("{}{}", capital(surname), capital(given)),
        45..=64 => format!("{given}.{surname}"),
        65..=84 => format!("{surname}{given}"),
        _ => format!("A{:05}", 10_000 + mix_two(seed, 12) % 90_000),
    }
}

/// An English name.
pub fn english(seed: u64) -> (&'static str, String) {
    let hash = mix(seed);
    let first = ENGLISH_NAMES[(hash % 16) as usize];
    (first, format!("{first} {}", ENGLISH_SURNAMES[(hash >> 8) as usize % 10]))
}

/// What a person calls themselves in WeChat.
pub fn display_name(person: &PersonName, seed: u64) -> String {
    let hash = mix_two(seed, 13);
    let city = CITIES[(hash >> 16) as usize % CITIES.len()];
    match hash % 100 {
        0..=49 => person.full(),
        50..=69 => NICKNAMES[(hash >> 8) as usize % NICKNAMES.len()].to_owned(),
        70..=79 => format!("小{}", person.surname),
        80..=86 => format!("{city}-{}", person.full()),
        87..=93 => format!("{}{}", ENGLISH_NAMES[(hash >> 8) as usize % 16], person.surname),
        _ => person.given.to_owned(),
    }
}

/// The short name of a firm.
pub fn firm(seed: u64) -> String {
    let hash = mix_two(seed, 14);
    let city = CITIES[(hash >> 32) as usize % CITIES.len()];
    let name = FIRM_NAMES[(hash >> 8) as usize % FIRM_NAMES.len()];
    format!("{city}{name}{}有限公司", FIRM_TRADES[(hash >> 16) as usize % FIRM_TRADES.len()])
}

/// A mobile number of the mainland.
pub fn mobile(seed: u64) -> String {
    const PREFIXES: [u64; 12] = [135, 136, 138, 139, 150, 151, 158, 159, 177, 186, 188, 189];
    let hash = mix_two(seed, 15);
    format!("{}{:08}", PREFIXES[(hash >> 40) as usize % PREFIXES.len()], hash % 100_000_000)
}
