import { packageBuild } from '../../tsup.base';

// A namespace that is built into the main file would stay in every bundle as a whole; as a file of its own it can be left out.
export default packageBuild(['src/index.ts', 'src/init/index.ts'], [], { './init': './init/index.js' });
