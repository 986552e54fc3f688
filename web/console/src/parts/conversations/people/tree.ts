/** The department tree with members as its leaves, as the rows that are in sight. Pure. */
import type { DepartmentView, MemberView } from "../types";

export interface DepartmentRow {
  key: string;
  kind: "department";
  department: DepartmentView;
  depth: number;
  open: boolean;
  /** Members inside it and below. */
  count: number;
}

export interface MemberRow {
  key: string;
  kind: "member";
  member: MemberView;
  depth: number;
}

export interface WaitRow {
  key: string;
  kind: "wait";
  depth: number;
}

export type PeopleRow = DepartmentRow | MemberRow | WaitRow;

/** Departments come each above those below it, with their path. Rows of closed ones are left out. */
export function peopleRows(departments: readonly DepartmentView[], open: ReadonlySet<number>, members: ReadonlyMap<number, readonly MemberView[]>): PeopleRow[] {
  const known = new Set(departments.map((one) => one.id));
  const counts = countsOf(departments);
  const rows: PeopleRow[] = [];
  const visit = (department: DepartmentView, depth: number): void => {
    const isOpen = open.has(department.id);
    rows.push({ key: `d${department.id}`, kind: "department", department, depth, open: isOpen, count: counts.get(department.id) ?? 0 });
    if (!isOpen) return;
    for (const child of children.get(department.id) ?? []) visit(child, depth + 1);
    const found = members.get(department.id);
    if (found === undefined && department.members > 0) rows.push({ key: `w${department.id}`, kind: "wait", depth: depth + 1 });
    for (const member of found ?? []) rows.push({ key: `m${department.id}.${member.id}`, kind: "member", member, depth: depth + 1 });
  };
  const children = new Map<number, DepartmentView[]>();
  for (const department of departments) {
    const parent = department.parent;
    if (typeof parent === "number" && known.has(parent)) children.set(parent, [...(children.get(parent) ?? []), department]);
  }
  departments.filter((one) => typeof one.parent !== "number" || !known.has(one.parent)).forEach((top) => visit(top, 0));
  return rows;
}

function countsOf(departments: readonly DepartmentView[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const department of departments) {
    for (const id of department.path) counts.set(id, (counts.get(id) ?? 0) + department.members);
  }
  return counts;
}

/** Which departments are open at first: the tops and the way to the chosen one. */
export function openAtFirst(departments: readonly DepartmentView[], chosen: number | undefined): Set<number> {
  const tops = departments.filter((one) => typeof one.parent !== "number").map((one) => one.id);
  return new Set([...tops, ...(departments.find((one) => one.id === chosen)?.path ?? [])]);
}
