/** Initial values: functions from a shape to a tensor, and `initialise`, which puts one into a parameter. */
export * from './basic';
export * from './fans';
export * from './gain';
export * from './initialise';
export * from './kaiming';
export * from './lecun';
export * from './orthogonal';
export * from './sparse';
export * from './structured';
export * from './truncated-normal';
export * from './variance-scaling';
export * from './xavier';
