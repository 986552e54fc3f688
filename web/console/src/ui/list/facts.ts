/** A name and its value in `Facts.vue`. */
export interface Fact {
  key: string;
  label: string;
  value?: string;
  wide?: boolean;
}
