import { packageBuild } from '../../tsup.base';

export default packageBuild(['src/index.ts', 'src/init/index.ts'], ['@cotangent/layers']);
