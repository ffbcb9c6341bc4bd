/** The rows that need a new process for every measurement. */
export const COLD_START = 'cold-start';
export const FIRST_STEP = 'lenet-first-step';
export const PEAK_MEMORY = 'lenet-200-steps-peak';

export const FRESH: readonly string[] = [COLD_START, FIRST_STEP, PEAK_MEMORY];
