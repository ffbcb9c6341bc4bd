/** Parts of the page. */

/** The element with this id, which index.html has to contain. */
export function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} with the id '${id}'.`);
  return found;
}
