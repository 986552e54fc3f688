//! The intake path from a source that needs no decryption: parse, durable record and leaf, searchable. Prints one JSON object.
//!
//! `--messages N` (500 000), `--data DIR` keeps the archive for others to measure, `--one-talk N` (0) lets the last N messages be
//! one conversation. The messages are made before the clock starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use xinlu_channels::ChannelError;
use xinlu_channels::wecom_archive::direct::{DirectMessage, DirectSource, run_direct};
use xinlu_model::Clock;
use xinlu_server::app::App;
use xinlu_server::config::{Config, DataDirectory};
use xinlu_server::system::SystemClock;

/// Messages handed over at once, as a fetch of the SDK.
const BATCH: u64 = 1_000;
const MEMBERS: u64 = 500;
const CONTACTS: u64 = 20_000;
/// 2026-01-01, and a message every 60 s from there on.
const START_MS: u64 = 1_767_196_800_000;
const STEP_MS: u64 = 60_000;

const SAYINGS: [&str; 16] = [
    "您好，请问这款理财产品的起购金额是多少？",
    "起购一万元，封闭期九十天，具体以产品说明书为准。",
    "我的订单怎么还没有发货，已经三天了",
    "非常抱歉给您带来不便，我马上帮您查询物流信息。",
    "好的，谢谢",
    "请把发票开成公司抬头，税号稍后发给您",
    "检查报告已经出来了，明天上午九点来门诊找王医生",
    "这个版本升级以后登录不了，报错 E1024",
    "课程表已经更新，周六下午两点第一节",
    "保单的受益人可以变更吗？需要什么材料？",
    "可以的，请带上身份证原件和保单到柜台办理",
    "麻烦发一下报价单 v2.3",
    "收到，今天下班前给您答复",
    "退款已经原路退回，预计三个工作日到账",
    "合同我看过了，第五条的违约金需要再商量一下",
    "嗯嗯",
];

struct Feed {
    messages: Vec<DirectMessage>,
}

#[async_trait]
impl DirectSource for Feed {
    async fn next(&mut self, _: u64) -> Result<Vec<DirectMessage>, ChannelError> {
        let rest = self.messages.split_off(self.messages.len().min(BATCH as usize));
        Ok(std::mem::replace(&mut self.messages, rest))
    }
}

fn message(number: u64, one_talk_from: u64) -> DirectMessage {
    let mix = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let (member, contact) = if number < one_talk_from { (mix % MEMBERS, (mix / MEMBERS) % CONTACTS) } else { (0, 0) };
    let saying = SAYINGS.get((mix % 16) as usize).copied().unwrap_or_default();
    let (from, to) = if mix & 1 == 0 {
        (format!("member{member}"), format!("wmContact{contact:024}"))
    } else {
        (format!("wmContact{contact:024}"), format!("member{member}"))
    };
    let raw = format!(
        "{{\"msgid\":\"{mix}_{number}\",\"action\":\"send\",\"from\":\"{from}\",\"tolist\":[\"{to}\"],\"roomid\":\"\",\"msgtime\":{},\"msgtype\":\"text\",\"text\":{{\"content\":\"{saying} {}\"}}}}",
        START_MS + number * STEP_MS,
        mix % 100_000
    );
    DirectMessage { seq: number + 1, msgid: None, raw: raw.into_bytes() }
}

fn argument(name: &str) -> Option<String> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.get(at + 1).cloned()
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
    let fields: Vec<f64> = after.split_whitespace().map(|field| field.parse().unwrap_or(0.0)).collect();
    fields.iter().skip(11).take(2).sum::<f64>() / 100.0
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

#[tokio::main]
async fn main() {
    let count: u64 = argument("--messages").and_then(|text| text.parse().ok()).unwrap_or(500_000);
    let one_talk: u64 = argument("--one-talk").and_then(|text| text.parse().ok()).unwrap_or(0);
    let own = std::env::temp_dir().join(format!("xinlu-direct-{}", std::process::id()));
    let data = argument("--data").map_or_else(|| own.clone(), PathBuf::from);
    let config = Config { data: DataDirectory(data), ..Config::default() };
    let app = App::start(config, Vec::new()).await.expect("an empty directory can be opened");
    let archive = Arc::clone(&app.parts.archive);
    let source = archive.ensure_source("bench:direct", "bench").await.expect("a source can be made");
    let mut feed = Feed { messages: Vec::new() };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (mut seconds, mut cpu, mut appended) = (0.0, 0.0, 0);
    // In parts, so that the made messages themselves do not count as memory of the path.
    let part = 50_000;
    let mut made = 0;
    while made < count {
        let until = (made + part).min(count);
        feed.messages = (made..until).map(|number| message(number, count.saturating_sub(one_talk))).collect();
        made = until;
        let (began, cpu_before) = (Instant::now(), cpu_seconds());
        appended += run_direct(&archive, source, &mut feed, &clock).await.expect("intake works").appended;
        if made == count {
            while app.indexed().await.expect("the index answers") < count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        seconds += began.elapsed().as_secs_f64();
        cpu += cpu_seconds() - cpu_before;
    }
    println!(
        "{{\"messages\": {appended}, \"seconds\": {seconds:.2}, \"messages_per_second\": {:.0}, \"cpu_us_per_message\": {:.1}, \
         \"peak_mib\": {:.0}, \"bar_messages_per_second\": 15000, \"ratio_to_bar\": {:.2}}}",
        count as f64 / seconds,
        cpu * 1e6 / count as f64,
        peak_mib(),
        count as f64 / seconds / 15_000.0
    );
    app.stop().await;
    let _ = std::fs::remove_dir_all(own);
}
