/** Initial values: functions from a shape to a tensor, and `initialise`, which puts one into a parameter. */
export * from './basic';
export * from './fans';
export * from './gain';
export * from './initialise';
export * from './kaiming';
export * from './lecun';
export * from './xavier';
