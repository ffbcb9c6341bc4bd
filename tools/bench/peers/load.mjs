// Imports a library of this folder's installation; a file in the workspace would not find it.
export const load = (name) => import(name);
