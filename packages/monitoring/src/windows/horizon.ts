/** Which of the monitor's windows a window is one of, and its size in milliseconds. */
export interface Horizon {
  readonly index: number;
  readonly size: number;
}
