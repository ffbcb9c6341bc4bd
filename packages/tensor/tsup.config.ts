import { packageBuild } from '../../tsup.base';

export default packageBuild(['src/index.ts', 'src/linalg/index.ts', 'src/signal/index.ts'], ['@cotangent/tensor']);
