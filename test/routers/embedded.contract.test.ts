import { routerContract } from './contract.ts';
import { runningRouter } from './support.ts';

routerContract('embedded', runningRouter);
