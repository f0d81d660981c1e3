/** The hour and minute of a time in UTC: "10:35". */
export function describeTime(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}
