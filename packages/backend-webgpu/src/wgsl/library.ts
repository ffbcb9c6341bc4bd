/**
 * Functions that shaders call. WGSL's own may be far off, and drivers give what they like for NaN, infinities and arguments outside
 * the domain; these are computed from additions, multiplications and bits, so they agree on every GPU.
 */
import { BASIC } from './library/basic';
import { ELEMENTARY } from './library/elementary';
import { POWERS } from './library/powers';
import { SPECIAL } from './library/special';
import { TRIGONOMETRY } from './library/trigonometry';

export interface LibraryFunction {
  readonly text: string;
  /** Functions that it calls. */
  readonly needs: readonly string[];
}

export type Library = Readonly<Record<string, LibraryFunction>>;

export const LIBRARY: Library = { ...BASIC, ...ELEMENTARY, ...TRIGONOMETRY, ...POWERS, ...SPECIAL };
