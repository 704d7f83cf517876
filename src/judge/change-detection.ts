/**
 * Change detection from the factors of an E process: each factor has a mean of at most 1 while nothing has changed.
 * Shin, Ramdas & Rinaldo, e-detectors: alarming at a value of A gives A blocks or more between false alarms, on average.
 */

/** One step of the E-CUSUM, `C = max(C, 1) * L`; begin with 0. */
export const cusumStep = (value: number, factor: number): number => Math.max(value, 1) * factor;

/** One step of the E-Shiryaev-Roberts detector, `M = (M + 1) * L`; begin with 0. */
export const shiryaevRobertsStep = (value: number, factor: number): number => (value + 1) * factor;
