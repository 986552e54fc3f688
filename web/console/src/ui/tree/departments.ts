/** The department tree out of the flat list that the server gives. Pure. */

export interface DepartmentRow {
  id: number;
  name: string;
  source: string;
  parent?: number | null;
  /** From the top to this one. */
  path: number[];
  /** Members directly inside, those who left not counted. */
  members: number;
}

export interface DepartmentNode {
  id: number;
  label: string;
  source: string;
  /** Members directly inside: sums over what is below would count those of two departments twice. */
  count: number;
  children: DepartmentNode[];
}

/** What no source brings is made here and can be changed here. */
export const LOCAL_SOURCE = "local";

/** The rows as a tree, in the order they came; a row whose parent is not among them stands at the top. */
export function departmentTree(rows: readonly DepartmentRow[]): DepartmentNode[] {
  const nodes = new Map<number, DepartmentNode>();
  for (const row of rows) nodes.set(row.id, { id: row.id, label: row.name, source: row.source, count: row.members, children: [] });
  const tops: DepartmentNode[] = [];
  for (const row of rows) {
    const node = nodes.get(row.id);
    if (!node) continue;
    const parent = row.parent === undefined || row.parent === null ? undefined : nodes.get(row.parent);
    if (parent && parent !== node) parent.children.push(node);
    else tops.push(node);
  }
  return tops;
}

/** `安和集团 / 销售部 / 华东组`; empty for an id that is not among the rows. */
export function departmentPath(rows: readonly DepartmentRow[], id: number): string {
  const names = new Map(rows.map((row) => [row.id, row.name]));
  const path = rows.find((row) => row.id === id)?.path ?? [];
  return path.flatMap((step) => names.get(step) ?? []).join(" / ");
}

/** The branches with a node whose name contains the text; a hit keeps all that is below it. */
export function filterTree(nodes: readonly DepartmentNode[], text: string): DepartmentNode[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [...nodes];
  return nodes.flatMap((node) => {
    if (node.label.toLowerCase().includes(wanted)) return [node];
    const children = filterTree(node.children, wanted);
    return children.length === 0 ? [] : [{ ...node, children }];
  });
}
