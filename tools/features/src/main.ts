/** `pnpm features`: writes docs/features.md. */
import { writeFileSync } from 'node:fs';
import { PAGE, currentPage } from './repository';

writeFileSync(PAGE, currentPage());
