import { packageBuild } from '../../tsup.base';

export default packageBuild(['src/index.ts', 'src/linalg/index.ts'], ['@cotangent/tensor']);
