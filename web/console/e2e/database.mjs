/** Alters a row of the demo's SQLite file behind the server's back, as somebody with the disk could, and puts it back. */
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** By whichever of node's own SQLite (22.5 on), `sqlite3` and `python3` is here; `undefined` if none. */
export async function openRows() {
  const demo = process.env.XINLU_DEMO;
  if (!demo) return undefined;
  const file = join(dirname(demo), "xinlu.db");
  const tries = [byNode, byShell, byPython];
  for (const way of tries) {
    const query = way(file);
    const works = await query("SELECT 1").then((answer) => answer === "1", () => false);
    if (works) return query;
  }
  return undefined;
}

function byNode(file) {
  return async (sql) => {
    const { DatabaseSync } = await import("node:sqlite");
    const db = new DatabaseSync(file);
    try {
      db.exec("PRAGMA busy_timeout = 5000");
      const row = db.prepare(sql).get();
      return row === undefined ? "" : String(Object.values(row)[0]);
    } finally {
      db.close();
    }
  };
}

function byShell(file) {
  return async (sql) => (await run("sqlite3", ["-cmd", ".timeout 5000", file, sql])).stdout.trim();
}

function byPython(file) {
  const script = "import sqlite3,sys\ndb=sqlite3.connect(sys.argv[1],timeout=5)\nrow=db.execute(sys.argv[2]).fetchone()\ndb.commit()\nprint('' if row is None else row[0])";
  return async (sql) => (await run("python3", ["-c", script, file, sql])).stdout.trim();
}

/** Runs `look` while one bit of a record's column is flipped. */
export async function withFlippedBit(query, record, column, look) {
  const before = await query(`SELECT hex(${column}) FROM archive_records WHERE id = ${record}`);
  const bytes = Buffer.from(before, "hex");
  const at = Math.floor(bytes.length / 2);
  bytes[at] ^= 1;
  await withValue(query, record, column, `X'${bytes.toString("hex")}'`, `X'${before}'`, look);
}

export async function withValue(query, record, column, altered, original, look) {
  const set = (value) => query(`UPDATE archive_records SET ${column} = ${value} WHERE id = ${record}`);
  await set(altered);
  try {
    await look();
  } finally {
    await set(original);
  }
}
