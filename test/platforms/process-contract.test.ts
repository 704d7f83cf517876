import { platformContract } from './contract.ts';
import { processSubject } from './process-subject.ts';

platformContract('process', processSubject);
