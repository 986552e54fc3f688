//! Benchmark of search: builds N synthetic messages into the encrypted index, measures searches with time and member filters, and in
//! the same run asks SQLite (`LIKE`) and, when `XINLU_TEST_PG` names a server, PostgreSQL (`pg_trgm`) the same.
//!
//! `bench_search --messages N [--json] [--queries N]`. It must never write outside its temporary folder and its own table.

use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use xinlu_index::{Embedded, EmbeddedOptions, Engine, Expr, IndexDoc, IndexKey, SearchRequest};

const MEMBERS: u64 = 500;
const CONTACTS: u64 = 200_000;
const DAYS: i64 = 365;
const DAY_MICROS: i64 = 86_400_000_000;
const COMMIT_MESSAGES: usize = 50_000;
const HITS: usize = 20;
/// Other engines are asked less often: they take seconds.
const OTHER_QUERIES: usize = 18;
const WORDS: [&str; 64] = [
    "您好",
    "请问",
    "订单",
    "退款",
    "什么时候",
    "可以",
    "发货",
    "快递",
    "没有",
    "收到",
    "谢谢",
    "好的",
    "客服",
    "价格",
    "优惠",
    "活动",
    "产品",
    "质量",
    "保险",
    "理赔",
    "账户",
    "银行卡",
    "转账",
    "利率",
    "贷款",
    "预约",
    "医生",
    "检查",
    "报告",
    "课程",
    "老师",
    "报名",
    "软件",
    "安装",
    "版本",
    "合同",
    "发票",
    "地址",
    "电话",
    "明天",
    "今天",
    "上午",
    "下午",
    "周一",
    "我们",
    "你们",
    "他们",
    "这个",
    "那个",
    "怎么",
    "为什么",
    "需要",
    "帮忙",
    "处理",
    "申请",
    "审核",
    "通过",
    "失败",
    "系统",
    "登录",
    "密码",
    "会员",
    "积分",
    "套餐",
];
const SHARED: [&str; 2] = [
    "/../../../shared/data/sentiment/waimai_10k/dev/train.jsonl",
    "/../../../shared/data/dialogue/crosswoz/dev/val.jsonl",
];

struct Query {
    words: Vec<String>,
    member: Option<u64>,
    window: Option<(i64, i64)>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let messages = number("--messages", 200_000);
    let queries = number("--queries", 600);
    let pretty = !arguments.iter().any(|argument| argument == "--json");
    let report = run(messages, queries);
    println!("{}", if pretty { format!("{report:#}") } else { report.to_string() });
}

fn run(messages: usize, query_count: usize) -> Value {
    let root = tempfile::tempdir().expect("a temporary folder can be made");
    let phrases = phrases();
    let options = EmbeddedOptions::new(root.path().join("index"), IndexKey::new([3; 32]));
    let engine = Embedded::open(options.clone()).expect("a new index opens");
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let (started, cpu_before) = (Instant::now(), cpu_seconds());
    let mut making = Duration::ZERO;
    let mut position = 0;
    let mut characters = 0;
    while (position as usize) < messages {
        let made = Instant::now();
        let count = COMMIT_MESSAGES.min(messages - position as usize);
        let batch: Vec<IndexDoc> =
            (0..count).map(|at| message(position + at as u64, messages, &phrases, &mut random)).collect();
        characters += batch.iter().flat_map(|doc| &doc.pieces).map(|piece| piece.chars().count()).sum::<usize>();
        making += made.elapsed();
        engine.add(&batch).expect("adding works");
        engine.commit(position, position + count as u64).expect("committing works");
        position += count as u64;
    }
    let build_seconds = started.elapsed().saturating_sub(making).as_secs_f64();
    let resident_build = resident_mb();
    engine.settle().expect("merging works");
    drop(engine);
    let cpu = cpu_seconds() - cpu_before - making.as_secs_f64();
    let opening = Instant::now();
    let engine = Embedded::open(options).expect("the index opens again");
    let open_ms = opening.elapsed().as_secs_f64() * 1e3;
    let status = engine.status().expect("status is there");
    let queries: Vec<Query> = (0..query_count).map(|at| query(at, &phrases, &mut random)).collect();
    let mut report = json!({
        "messages": messages,
        "characters_per_message": characters as f64 / messages as f64,
        "encrypted": true,
        "docs_per_wall_second": messages as f64 / build_seconds,
        "cpu_us_per_doc_with_merges": cpu * 1e6 / messages as f64,
        "index_mb_per_million": status.bytes as f64 / messages as f64,
        "segments": status.segments,
        "open_ms": open_ms,
        "resident_mb_after_build": resident_build,
        "search_ms": measure(&engine, &queries),
        "search_ms_warm": measure(&engine, &queries),
        "one_character_ms": single(&engine),
        "resident_mb_after_search": resident_mb(),
    });
    compare(&mut report, &engine, &queries, &Rows { messages, phrases: &phrases }, root.path());
    report
}

/// The same queries on the same rows in SQLite and, where one runs, in PostgreSQL.
fn compare(report: &mut Value, engine: &Embedded, queries: &[Query], rows: &Rows, folder: &std::path::Path) {
    // An even sample of all kinds of queries.
    let sample: Vec<&Query> =
        queries.iter().step_by(queries.len() / OTHER_QUERIES / 9 * 9 + 1).take(OTHER_QUERIES).collect();
    let own = times(&mut sample.iter().map(|query| timed(|| ask(engine, query))).collect::<Vec<_>>());
    let sqlite = sqlite_like(rows, &sample, folder);
    report["same_queries"] = json!({ "xinlu": own, "sqlite_like": sqlite });
    if let Some(url) = std::env::var_os("XINLU_TEST_PG") {
        let outcome = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts")
            .block_on(postgres_trigram(rows, &sample, &url.to_string_lossy()));
        report["same_queries"]["postgres_trigram"] =
            outcome.unwrap_or_else(|error| json!({ "error": error.to_string() }));
    }
    let ratio = |other: &Value| {
        other["p50"].as_f64().zip(report["same_queries"]["xinlu"]["p50"].as_f64()).map(|(other, own)| other / own)
    };
    report["times_faster_p50"] = json!({
        "sqlite_like": ratio(&report["same_queries"]["sqlite_like"]),
        "postgres_trigram": ratio(&report["same_queries"]["postgres_trigram"]),
    });
}

/// Sentences to mix: real short texts when the shared data is here, else none (words alone).
fn phrases() -> Vec<String> {
    let mut phrases = Vec::new();
    for path in SHARED {
        let Ok(file) = std::fs::read_to_string(format!("{}{path}", env!("CARGO_MANIFEST_DIR"))) else { continue };
        for row in file.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            phrases.extend(row["text"].as_str().map(str::to_owned));
            let turns = row["turns"].as_array().into_iter().flatten();
            phrases.extend(turns.filter_map(|turn| turn["text"].as_str().map(str::to_owned)));
        }
    }
    let short = |phrase: &String| (4..=60).contains(&phrase.chars().count());
    phrases.into_iter().filter(short).collect()
}

/// A word, the first ones of the list far more often (about Zipf).
fn word(random: &mut ChaCha8Rng) -> &'static str {
    let place = (WORDS.len() as f64).powf(random.random::<f64>()) as usize;
    WORDS[(place - 1).min(WORDS.len() - 1)]
}

fn text(phrases: &[String], random: &mut ChaCha8Rng) -> String {
    let mut text = String::new();
    match random.random_range(0..10) {
        0 => text = format!("订单号{}", random.random_range(10_000_000_000_u64..99_999_999_999)),
        1 => text.push_str(word(random)),
        2..=4 => (0..random.random_range(6..20)).for_each(|_| text.push_str(word(random))),
        _ => {
            text.push_str(phrases.choose(random).map_or("您好", String::as_str));
            (0..random.random_range(0..9)).for_each(|_| text.push_str(word(random)));
        }
    }
    text
}

fn message(record: u64, messages: usize, phrases: &[String], random: &mut ChaCha8Rng) -> IndexDoc {
    let member = random.random_range(0..MEMBERS);
    let contact = MEMBERS + random.random_range(0..CONTACTS);
    let from_member = random.random_bool(0.5);
    let jitter = random.random_range(0..600_000_000);
    IndexDoc {
        record,
        sent_at_micros: (i128::from(record) * i128::from(DAYS * DAY_MICROS) / messages as i128) as i64 + jitter,
        kind: if random.random_bool(0.9) { 1 } else { random.random_range(2..33) },
        source: 1,
        conversation: contact * MEMBERS + member,
        sender: if from_member { member } else { contact },
        members: vec![member],
        parties: vec![member, contact],
        has_media: random.random_bool(0.05),
        pieces: vec![text(phrases, random)],
    }
}

/// One to three words; by turns without filter, with 30 days, with 30 days and a member.
fn query(at: usize, phrases: &[String], random: &mut ChaCha8Rng) -> Query {
    let words = (0..=at % 3).map(|_| {
        if random.random_bool(0.5) {
            return word(random).to_owned();
        }
        let phrase: Vec<char> = phrases.choose(random).map_or("退款申请", String::as_str).chars().collect();
        let length = random.random_range(2..=4).min(phrase.len());
        let start = random.random_range(0..=phrase.len() - length);
        phrase[start..start + length].iter().collect()
    });
    let words = words.collect();
    let start = random.random_range(0..DAYS - 30) * DAY_MICROS;
    let window = (at % 9 >= 3).then_some((start, start + 30 * DAY_MICROS));
    Query { words, member: (at % 9 >= 6).then(|| random.random_range(0..MEMBERS)), window }
}

fn ask(engine: &dyn Engine, query: &Query) -> u64 {
    let mut parts: Vec<Expr> = query.words.iter().map(|word| Expr::Term(word.clone())).collect();
    parts.extend(query.window.map(|(from, _)| Expr::SentAfter(from)));
    parts.extend(query.window.map(|(_, until)| Expr::SentBefore(until)));
    parts.extend(query.member.map(|member| Expr::Party(vec![member])));
    engine.search(&SearchRequest::new(Expr::And(parts), HITS)).expect("searching works").total
}

fn timed(work: impl FnOnce() -> u64) -> (f64, u64) {
    let started = Instant::now();
    let total = work();
    (started.elapsed().as_secs_f64() * 1e3, total)
}

fn times(measured: &mut [(f64, u64)]) -> Value {
    measured.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f64| {
        measured
            .get(((measured.len() as f64 * share) as usize).min(measured.len().saturating_sub(1)))
            .map(|entry| entry.0)
    };
    let hits = measured.iter().map(|entry| entry.1).sum::<u64>() as f64 / measured.len().max(1) as f64;
    json!({ "queries": measured.len(), "p50": at(0.5), "p99": at(0.99), "max": at(1.0), "hits_on_average": hits })
}

fn measure(engine: &dyn Engine, queries: &[Query]) -> Value {
    let mut groups: Vec<(&str, Vec<(f64, u64)>)> =
        vec![("all", vec![]), ("no_filter", vec![]), ("30_days", vec![]), ("30_days_and_member", vec![])];
    for query in queries {
        let measured = timed(|| ask(engine, query));
        let own = 1 + usize::from(query.window.is_some()) + usize::from(query.member.is_some());
        for at in [0, own] {
            groups[at].1.push(measured);
        }
    }
    groups
        .iter_mut()
        .map(|(name, measured)| ((*name).to_owned(), times(measured)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn single(engine: &dyn Engine) -> Value {
    let mut measured: Vec<(f64, u64)> = ["的", "好", "1", "a", "，", "鑫"]
        .iter()
        .map(|character| {
            timed(|| {
                engine
                    .search(&SearchRequest::new(Expr::Term((*character).to_owned()), HITS))
                    .expect("searching works")
                    .total
            })
        })
        .collect();
    times(&mut measured)
}

/// The same messages again, for the other engines.
struct Rows<'a> {
    messages: usize,
    phrases: &'a [String],
}

impl Rows<'_> {
    fn each(&self, mut take: impl FnMut(&IndexDoc)) {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        (0..self.messages as u64).for_each(|record| take(&message(record, self.messages, self.phrases, &mut random)));
    }
}

fn sqlite_like(rows: &Rows, queries: &[&Query], root: &std::path::Path) -> Value {
    let connection = rusqlite::Connection::open(root.join("rows.db")).expect("SQLite opens");
    connection
        .execute_batch(
            "CREATE TABLE message (record INTEGER PRIMARY KEY, sent_at INTEGER, member INTEGER, body TEXT); BEGIN",
        )
        .expect("the table is made");
    let mut insert = connection.prepare("INSERT INTO message VALUES (?1, ?2, ?3, ?4)").expect("the statement is right");
    rows.each(|doc| {
        let values = (
            doc.record as i64,
            doc.sent_at_micros,
            doc.members.first().map_or(0, |member| *member as i64),
            doc.pieces.first(),
        );
        insert.execute(values).expect("inserting works");
    });
    connection.execute_batch("COMMIT; CREATE INDEX message_sent_at ON message (sent_at)").expect("the index is made");
    let mut measured = Vec::new();
    for query in queries {
        let likes: String =
            query.words.iter().map(|word| format!(" AND body LIKE '%{}%'", word.replace('\'', "''"))).collect();
        let (from, until) = query.window.unwrap_or((i64::MIN, i64::MAX));
        let member = query.member.map(|member| format!(" AND member = {member}")).unwrap_or_default();
        let condition = format!("FROM message WHERE sent_at >= {from} AND sent_at < {until}{member}{likes}");
        measured.push(timed(|| {
            let newest = format!("SELECT record {condition} ORDER BY sent_at DESC LIMIT {HITS}");
            let mut statement = connection.prepare(&newest).expect("the statement is right");
            let _: Vec<i64> = statement.query_map((), |row| row.get(0)).expect("asking works").flatten().collect();
            let total: i64 = connection
                .query_row(&format!("SELECT count(*) {condition}"), (), |row| row.get(0))
                .expect("counting works");
            total as u64
        }));
    }
    times(&mut measured)
}

async fn postgres_trigram(rows: &Rows<'_>, queries: &[&Query], url: &str) -> Result<Value, Box<dyn std::error::Error>> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let _connection = tokio::spawn(connection);
    client
        .batch_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm; DROP TABLE IF EXISTS bench_message; CREATE TABLE bench_message (record BIGINT, sent_at BIGINT, member BIGINT, body TEXT)")
        .await?;
    let (mut records, mut times_sent, mut members, mut bodies) = (vec![], vec![], vec![], vec![]);
    rows.each(|doc| {
        records.push(doc.record as i64);
        times_sent.push(doc.sent_at_micros);
        members.push(doc.members.first().map_or(0, |member| *member as i64));
        bodies.push(doc.pieces.first().cloned().unwrap_or_default());
    });
    let insert = client
        .prepare("INSERT INTO bench_message SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::TEXT[])")
        .await?;
    for start in (0..records.len()).step_by(COMMIT_MESSAGES) {
        let part = start..(start + COMMIT_MESSAGES).min(records.len());
        client
            .execute(
                &insert,
                &[&&records[part.clone()], &&times_sent[part.clone()], &&members[part.clone()], &&bodies[part]],
            )
            .await?;
    }
    client
        .batch_execute("CREATE INDEX ON bench_message USING gin (body gin_trgm_ops); CREATE INDEX ON bench_message (sent_at); ANALYZE bench_message")
        .await?;
    let mut measured = Vec::new();
    for query in queries {
        let likes: String =
            query.words.iter().map(|word| format!(" AND body LIKE '%{}%'", word.replace('\'', "''"))).collect();
        let (from, until) = query.window.unwrap_or((i64::MIN, i64::MAX));
        let member = query.member.map(|member| format!(" AND member = {member}")).unwrap_or_default();
        let condition = format!("FROM bench_message WHERE sent_at >= {from} AND sent_at < {until}{member}{likes}");
        let started = Instant::now();
        client.query(&format!("SELECT record {condition} ORDER BY sent_at DESC LIMIT {HITS}"), &[]).await?;
        let total: i64 = client.query_one(&format!("SELECT count(*) {condition}"), &[]).await?.get(0);
        measured.push((started.elapsed().as_secs_f64() * 1e3, total as u64));
    }
    client.batch_execute("DROP TABLE bench_message").await?;
    Ok(times(&mut measured))
}

/// Processor time of this process, all threads (Linux).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
