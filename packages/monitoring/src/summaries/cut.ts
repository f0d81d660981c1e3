/**
 * The first `most` UTF-16 units of a text, one less where the last would be half of a surrogate pair: that has no UTF-8, and two
 * texts that differ in it alone would be written as the same.
 */
export function cut(text: string, most: number): string {
  const last = text.charCodeAt(most - 1);
  return text.slice(0, text.length > most && last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}
