/**
 * Why a change was not published; nothing of it was:
 * - `overtaken`: somebody else changed it meanwhile; look at what it is now, and try again
 * - `unreadable`: what is in force cannot be read by this version of the program
 * - `too-large`: a monitor's document is larger than the log is to carry
 * - `unknown`: there is no such monitor, revision or mute
 */
export type ControlErrorCode = 'overtaken' | 'unreadable' | 'too-large' | 'unknown';

export class ControlError extends Error {
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ControlError';
    this.code = code;
  }
}
