import { routerContract } from './contract.ts';
import { runningRouter } from './support.ts';

routerContract('embedded, in one process', () => runningRouter());
routerContract('embedded, with two workers', () => runningRouter(2));
