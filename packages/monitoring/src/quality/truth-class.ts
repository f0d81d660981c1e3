import type { Answer, Truth } from '@tidemark/sketches';

const BOOLEAN = /^(true|false)$/i;
const WHOLE = /^[-+]?\d+$/;
const WHOLE_AS_FLOAT = /^([-+]?\d+)\.0+$/;

/**
 * A truth whose class is written as the answer's is: what one program writes as `True` another writes as `true`, `1` or `1.0`, and the two
 * are one class. Numbers are held against numbers, and booleans against booleans and the numbers 1 and 0; any other class stays as it is.
 */
export function writtenAs(answer: Answer, truth: Truth): Truth {
  const [answered, found] = [answer.class, truth.class];
  if (answered === null || found === null || answered === found) return truth;
  const written = classAs(answered, found);
  return written === found ? truth : { ...truth, class: written };
}

function classAs(answered: string, found: string): string {
  if (BOOLEAN.test(answered)) {
    const value = booleanOf(found);
    return value === null ? found : booleanLike(answered, value);
  }
  const asFloat = WHOLE_AS_FLOAT.test(answered);
  if (!asFloat && !WHOLE.test(answered)) return found;
  const whole = BOOLEAN.test(found) ? (booleanOf(found) === true ? '1' : '0') : wholeOf(found);
  if (whole === null) return found;
  return asFloat ? `${whole}.0` : whole;
}

function booleanOf(text: string): boolean | null {
  if (BOOLEAN.test(text)) return text.toLowerCase() === 'true';
  const whole = wholeOf(text);
  return whole === '1' ? true : whole === '0' ? false : null;
}

function wholeOf(text: string): string | null {
  return WHOLE.test(text) ? text : (WHOLE_AS_FLOAT.exec(text)?.[1] ?? null);
}

/** In the answer's letters: `True`, `TRUE` or `true`. */
function booleanLike(answered: string, value: boolean): string {
  const word = value ? 'true' : 'false';
  if (answered === answered.toUpperCase()) return word.toUpperCase();
  return answered[0] === answered[0].toUpperCase() ? word[0].toUpperCase() + word.slice(1) : word;
}
