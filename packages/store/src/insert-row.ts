/** A row as it goes in: the names are the table's columns. */
export type InsertRow = Readonly<Record<string, unknown>>;
