/** A column of a table; the slot of the same name says what stands in it. */
export interface Column {
  key: string;
  label: string;
  /** The name of the row: the title of its card on narrow screens. */
  main?: boolean;
  /** Numbers and times do not break. */
  tight?: boolean;
  end?: boolean;
}

/** Ids of all rows, or of none, for the box in the head of a table. */
export function toggleAll(chosen: readonly number[], rows: readonly { id: number }[]): number[] {
  const ids = rows.map((row) => row.id);
  const rest = chosen.filter((id) => !ids.includes(id));
  return ids.every((id) => chosen.includes(id)) ? rest : [...rest, ...ids];
}

export function toggleOne(chosen: readonly number[], id: number): number[] {
  return chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
}
