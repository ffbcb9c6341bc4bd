import { cpu } from '@cotangent/backend-cpu';
import { testBackend } from './suite';

const reference = () => cpu({ interpret: true });

testBackend('cpu, generated', () => cpu(), { reference });
testBackend('cpu, interpreted', reference, { reference });
