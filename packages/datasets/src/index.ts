export { digits } from './digits';
export { iris } from './iris';
export { wine } from './wine';
export type { LabelledData } from './labelled';
