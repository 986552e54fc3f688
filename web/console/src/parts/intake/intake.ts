/** Home: the intake as it moves. Asks every two seconds while it is looked at. */
import { ApiFailure, isAbort } from "../../api/client";
import { type Alarm, type IntakeStatus, type SourceStatus, loadStatus, parkedOf } from "../../api/status";
import { type Key, find, t } from "../../i18n";
import { h, replace, setText } from "../../ui/dom";
import { formatDuration, formatNumber, formatRate, formatTime } from "../../ui/format";
import { icon } from "../../ui/icons";
import { failed, skeleton } from "../../ui/states";
import type { View } from "../../ui/view";
import { RATE_SLOTS, RateMeter } from "./rate";
import { sparkline } from "./sparkline";

const POLL_MS = 2000;

interface Board {
  element: HTMLElement;
  show(status: IntakeStatus, meter: RateMeter): void;
}

export function intakeView(): View {
  const abort = new AbortController();
  const meter = new RateMeter();
  const note = h("p", { class: "page__lead", role: "status" }, t("intake.lead"));
  const content = h("div", null, skeleton(5));
  let board: Board | undefined;
  let refused = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const ask = async (): Promise<void> => {
    clearTimeout(timer);
    try {
      if (!document.hidden) await refresh();
    } catch (cause) {
      if (isAbort(cause) && abort.signal.aborted) return;
      refused = cause instanceof ApiFailure && cause.status === 403;
      if (board) setText(note, t("intake.stale"));
      else replace(content, failed(cause, () => void ask()));
    }
    if (!abort.signal.aborted && !refused) timer = setTimeout(() => void ask(), POLL_MS);
  };
  const refresh = async (): Promise<void> => {
    const status = await loadStatus(abort.signal);
    meter.add(Date.now(), status.archived);
    if (!board) {
      board = makeBoard();
      replace(content, board.element);
    }
    board.show(status, meter);
    setText(note, t("intake.lead"));
  };
  void ask();
  const element = h("div", { class: "page" }, h("div", { class: "page__head" }, h("h1", null, t("intake.title")), note), content);
  return {
    element,
    stop: () => {
      abort.abort();
      clearTimeout(timer);
    },
  };
}

function makeBoard(): Board {
  const alarms = h("div", { class: "alarms", role: "alert" });
  const flow = makeFlow();
  const rate = makeRate();
  const cards = makeCards();
  const sources = h("section", { class: "card card--flush" });
  const element = h("div", { class: "board" }, alarms, flow.element, rate.element, cards.element, sources);
  const show = (status: IntakeStatus, meter: RateMeter): void => {
    showAlarms(alarms, status);
    flow.show(status);
    rate.show(meter);
    cards.show(status);
    replace(sources, sourceTable(status.sources));
  };
  return { element, show };
}

function showAlarms(place: HTMLElement, { alarms, sources }: IntakeStatus): void {
  const shown = alarms.map((alarm) => `${alarm.name} ${alarm.severity} ${alarm.since} ${alarm.source}`).join();
  if (place.dataset["shown"] === shown) return;
  place.dataset["shown"] = shown;
  if (alarms.length === 0) {
    replace(place, h("p", { class: "calm" }, icon("check"), t("intake.ok")));
    return;
  }
  const lines = alarms.map((alarm) => h("li", null, h("strong", null, alarmText(alarm)), ` · ${sourceName(sources, alarm.source)} · ${t("intake.since", { time: formatTime(alarm.since) })}`));
  const critical = alarms.some((alarm) => alarm.severity === "critical");
  replace(place, h("div", { class: critical ? "alarm" : "alarm alarm--warning" }, icon("alarm"), h("div", null, h("p", { class: "alarm__title" }, t("intake.alarms", { count: alarms.length })), h("ul", null, lines))));
}

function alarmText(alarm: Alarm): string {
  return find(`alarm.${alarm.name}`) ?? alarm.detail;
}

function sourceName(sources: readonly SourceStatus[], id: number): string {
  return sources.find((source) => source.id === id)?.name ?? String(id);
}

const FLOW = ["received", "decrypted", "archived", "logged", "indexed"] as const;

function makeFlow(): { element: HTMLElement; show(status: IntakeStatus): void } {
  const cells = FLOW.map((name) => ({ name, value: h("span", { class: "flow__value", "data-stage": name }), note: h("span", { class: "flow__note" }) }));
  const items = cells.map((cell) => h("li", { class: "flow__cell" }, h("span", { class: "flow__label" }, t(`intake.${cell.name}`)), cell.value, cell.note));
  const show = (status: IntakeStatus): void => {
    for (const cell of cells) {
      setText(cell.value, formatNumber(status[cell.name]));
      if (cell.name === "received") setText(cell.note, status.open > 0 ? t("intake.open", { count: formatNumber(status.open) }) : "");
      if (cell.name === "logged") setText(cell.note, t("intake.logged_note"));
      if (cell.name === "indexed") setText(cell.note, shareNote(status.indexed, status.archived));
    }
  };
  return { element: h("ol", { class: "flow card card--flush" }, items), show };
}

function shareNote(part: number, whole: number): string {
  if (whole === 0) return "";
  const percent = Math.min(100, Math.floor((part / whole) * 1000) / 10);
  return t("intake.of_archived", { percent: percent.toFixed(percent === 100 ? 0 : 1) });
}

function makeRate(): { element: HTMLElement; show(meter: RateMeter): void } {
  const value = h("span", { class: "rate__value" });
  const note = h("p", { class: "rate__note" });
  const spark = sparkline(RATE_SLOTS, t("intake.rate"));
  const seconds = (RATE_SLOTS * POLL_MS) / 1000;
  const show = (meter: RateMeter): void => {
    setText(value, formatRate(meter.current()));
    setText(note, t("intake.rate_note", { seconds, max: formatRate(meter.peak()) }));
    spark.draw(meter.rates);
  };
  const head = h("div", { class: "rate__head" }, h("h2", { class: "card__title" }, t("intake.rate")), h("p", null, value, " ", h("span", { class: "rate__unit" }, t("intake.rate_unit"))), note);
  return { element: h("section", { class: "card rate" }, head, spark.element), show };
}

function makeCards(): { element: HTMLElement; show(status: IntakeStatus): void } {
  const media = h("dl", { class: "triple" });
  const parked = h("div", { class: "figure" });
  const lag = h("div", { class: "figure" });
  const log = makeCheckpoint();
  const show = (status: IntakeStatus): void => {
    replace(media, stat("intake.media_stored", status.media.stored), stat("intake.media_pending", status.media.pending), stat("intake.media_failed", status.media.failed, "bad"));
    const reasons = status.parkedReasons.map((one) => `${find(`park.${one.reason}`) ?? one.reason} ${formatNumber(one.count)}`).join(" · ");
    replace(parked, figure(formatNumber(status.parked), status.parked > 0), h("p", { class: "muted" }, status.parked === 0 ? t("intake.parked_none") : reasons));
    replace(lag, figure(status.lagMs === undefined ? "–" : formatDuration(status.lagMs), false));
    log.show(status);
  };
  const small = h("div", { class: "cards" }, card("intake.media", media), card("intake.parked", parked), card("intake.lag", lag));
  return { element: h("div", { class: "board__rows" }, small, log.element), show };
}

function card(title: Key, content: HTMLElement): HTMLElement {
  return h("section", { class: "card" }, h("h2", { class: "card__title" }, t(title)), content);
}

function figure(text: string, warn: boolean): HTMLElement {
  return h("p", { class: warn ? "figure__value figure__value--warn" : "figure__value" }, text);
}

function stat(label: Key, value: number, tone?: "bad"): HTMLElement {
  return h("div", { class: tone === "bad" && value > 0 ? "triple__cell triple__cell--bad" : "triple__cell" }, h("dt", null, t(label)), h("dd", null, formatNumber(value)));
}

function makeCheckpoint(): { element: HTMLElement; show(status: IntakeStatus): void } {
  const size = h("p", { class: "figure__value" });
  const text = h("pre", { class: "code", tabindex: "0", "aria-label": t("intake.checkpoint") });
  const copy = h("button", { class: "button button--small", type: "button" }, t("intake.checkpoint_copy"));
  copy.addEventListener("click", () => {
    void navigator.clipboard?.writeText(text.textContent ?? "").then(() => setText(copy, t("intake.checkpoint_copied")));
  });
  const show = (status: IntakeStatus): void => {
    setText(size, t("intake.log_size", { count: formatNumber(status.logged) }));
    const changed = setText(text, status.checkpoint ?? t("intake.checkpoint_none"));
    copy.hidden = status.checkpoint === undefined;
    if (changed) setText(copy, t("intake.checkpoint_copy"));
  };
  const left = h("div", null, h("h2", { class: "card__title" }, t("intake.log")), size, h("p", { class: "muted" }, t("intake.checkpoint_help")));
  const right = h("div", { class: "checkpoint" }, h("div", { class: "checkpoint__head" }, h("span", { class: "card__title" }, t("intake.checkpoint")), copy), text);
  return { element: h("section", { class: "card log" }, left, right), show };
}

function sourceTable(sources: readonly SourceStatus[]): HTMLElement {
  const heads: Key[] = ["intake.source", "intake.received", "intake.decrypted", "intake.archived", "intake.indexed", "intake.parked", "intake.missing", "intake.gaps", "intake.last_seq", "intake.last_at"];
  if (sources.length === 0) return h("p", { class: "card muted" }, t("state.empty"));
  const rows = sources.map((source) =>
    h(
      "tr",
      null,
      h("th", { scope: "row" }, source.name, source.poll_error !== undefined && h("p", { class: "table__error" }, source.poll_error)),
      [source.received, source.decrypted, source.archived, source.indexed, parkedOf(source)].map((value) => h("td", null, formatNumber(value))),
      [source.missing, source.gaps.numbers].map((value) => h("td", { class: value === 0 ? "" : "table__bad" }, formatNumber(value))),
      h("td", null, formatNumber(source.cursor)),
      h("td", null, source.received_at === undefined ? "–" : formatTime(source.received_at)),
    ),
  );
  const table = h("table", { class: "table" }, h("caption", null, t("intake.sources")), h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col" }, t(head))))), h("tbody", null, rows));
  return h("div", { class: "table__scroll", tabindex: "0", role: "region", "aria-label": t("intake.sources") }, table);
}
