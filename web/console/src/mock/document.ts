/**
 * Answers out of the API document for whatever no file in `parts/` answers: values by the schema and, where a name says enough, such as
 * people would see. Lists are short; ids count up; the same question has the same answer.
 */
import document from "../../../openapi.json";

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  minimum?: number;
}

interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

const SCHEMAS = document.components.schemas as unknown as Record<string, Schema>;
const PATHS = document.paths as unknown as Record<string, Record<string, Operation>>;
const LONG = 12;
const SHORT = 2;
const DEPTH_MAX = 6;
const DAY_MS = 86_400_000;
const NAMES = ["王芳", "李娜", "张伟", "刘洋", "陈静", "杨磊", "赵敏", "黄强", "周婷", "吴昊"];
const TEXTS = ["您好，退款已经提交，预计三个工作日到账。", "合同扫描件我晚点发给您。", "好的，收到。", "请问发票抬头是哪家公司？", "明天上午十点开会，别忘了带资料。"];
const TITLES = ["华东销售群", "王芳、李先生", "售后服务群", "陈静、周女士"];

/** What a name tells of its text. */
const BY_NAME: readonly (readonly [RegExp, (seed: number) => string])[] = [
  [/^(name|user_name|member_name|sender_name|label)$/, (seed) => pick(NAMES, seed)],
  [/^title$/, (seed) => pick(TITLES, seed)],
  [/^(text|description|detail|content)$/, (seed) => pick(TEXTS, seed)],
  [/^company$/, () => "安和集团"],
  [/^position$/, () => "客户经理"],
  [/^userid$/, (seed) => `user${seed}`],
  [/^(external_id|msgid|key|request_id)$/, (seed) => `id-${seed}`],
  [/^permission$/, () => "conversation.read"],
  [/^action$/, () => "session.create"],
  [/^avatar$/, () => ""],
  [/^source$/, () => "wecom:ww0123"],
];

function pick<T>(from: readonly T[], seed: number): T {
  return from[seed % from.length] as T;
}

function sample(schema: Schema, name: string, seed: number, depth = 0): unknown {
  if (schema.$ref) return sample(SCHEMAS[schema.$ref.split("/").at(-1) ?? ""] ?? {}, name, seed, depth);
  if (schema.enum) return pick(schema.enum, seed);
  if (schema.oneOf) return sample(schema.oneOf[0] ?? {}, name, seed, depth);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => sample(one, name, seed, depth)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "array") return sampleList(schema.items ?? {}, name, seed, depth);
  if (type === "object" || schema.properties) return sampleObject(schema, seed, depth);
  if (type === "integer" || type === "number") return name === "level" ? 1 : Math.max(schema.minimum ?? 0, /^(id|record|user|member)$/.test(name) ? seed : seed * 3);
  if (type === "boolean") return seed % 2 === 0;
  return type === "string" ? sampleText(schema, name, seed) : null;
}

function sampleText(schema: Schema, name: string, seed: number): string {
  if (schema.format === "date-time") return new Date(Date.UTC(2026, 10, 21, 8) - seed * DAY_MS / 4).toISOString();
  return BY_NAME.find(([pattern]) => pattern.test(name))?.[1](seed) ?? `${name}-${seed}`;
}

function sampleList(items: Schema, name: string, seed: number, depth: number): unknown[] {
  if (depth >= DEPTH_MAX || name === "highlights" || name === "media") return [];
  return Array.from({ length: depth <= 1 ? LONG : SHORT }, (_, at) => sample(items, name, seed + at, depth + 1));
}

function sampleObject(schema: Schema, seed: number, depth: number): Record<string, unknown> {
  if (depth >= DEPTH_MAX) return {};
  const entries = Object.entries(schema.properties ?? {}).filter(([name]) => !["next", "previous", "trouble", "poll_error", "rebuilding"].includes(name));
  return Object.fromEntries(entries.map(([name, one]) => [name, sample(one, name, seed, depth + 1)]));
}

/** The document's answer, or `undefined` where it has no such endpoint. */
export function fromDocument(method: string, pathname: string): unknown {
  for (const [path, operations] of Object.entries(PATHS)) {
    const operation = operations[method.toLowerCase()];
    const found = operation && new RegExp(`^${path.replace(/\{(\w+)\}/g, "([^/]+)")}$`).exec(pathname);
    if (!operation || !found) continue;
    const schema = operation.responses["200"]?.content?.["application/json"]?.schema;
    return schema ? sample(schema, "", Number(found[1]) || 1) : {};
  }
  return undefined;
}
