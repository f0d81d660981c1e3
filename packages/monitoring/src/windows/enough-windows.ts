/** With fewer windows nothing can be said of how they vary. */
export const LEAST_WINDOWS = 8;

/** From so many windows on, the stated false alarms hold also where windows wander. */
export const ENOUGH_WINDOWS = 40;
