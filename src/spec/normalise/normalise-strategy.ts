import type {
  ApprovalSpec,
  BlueGreenStrategy,
  CanaryStepSpec,
  CanaryStrategy,
  HeaderMatch,
  IdentifySpec,
  StrategySpec,
} from '../../core/service/service-spec.ts';
import type { FileApproval, FileBlueGreen, FileCanary, FileStrategy } from '../schema/strategy.ts';

const ALL = 10_000;
const DAY = 86_400_000;
const DEFAULT_WEIGHTS = [100, 500, 2500, 5000, ALL];

/** `worker`: it takes no HTTP traffic, so a canary of it goes by instances. */
export function normaliseStrategy(written: FileStrategy, worker: boolean): StrategySpec {
  if (typeof written === 'string') return defaultStrategy(written, worker);
  return 'canary' in written ? canary(written.canary, worker) : blueGreen(written['blue-green']);
}

/** What the bare name of a strategy means. */
export function defaultStrategy(kind: StrategySpec['kind'], worker: boolean): StrategySpec {
  return kind === 'canary' ? canary({}, worker) : blueGreen({});
}

function canary(written: FileCanary, worker: boolean): CanaryStrategy {
  const by = written.by ?? (worker ? 'instances' : 'clients');
  return {
    kind: 'canary',
    by,
    steps: steps(written),
    // A share of the servers is as coarse as they are few: it cannot follow a budget.
    pace: by === 'instances' ? 'fixed' : (written.pace ?? 'evidence'),
    identify: identify(written.identify),
    always: always(written.always),
  };
}

function blueGreen(written: FileBlueGreen): BlueGreenStrategy {
  return {
    kind: 'blue-green',
    approve: approval(written.approve),
    identify: identify(written.identify),
    always: always(written.always),
  };
}

/** The last step is all traffic, written or not. */
function steps(written: FileCanary): readonly CanaryStepSpec[] {
  const plain = (weight: number): CanaryStepSpec => ({ weight, for: null, approve: null });
  if (!written.steps) return DEFAULT_WEIGHTS.map(plain);
  const wanted = written.steps.map((step) =>
    typeof step === 'number'
      ? plain(basisPoints(step))
      : { weight: basisPoints(step.weight), for: step.for ?? null, approve: approval(step.approve) },
  );
  return wanted.at(-1)?.weight === ALL ? wanted : [...wanted, plain(ALL)];
}

const basisPoints = (share: number) => Math.round(share * ALL);

function approval(written: FileApproval | undefined): ApprovalSpec | null {
  if (written === undefined || written === false) return null;
  const settings = written === true ? {} : written;
  return { within: settings.within ?? DAY, otherwise: settings.otherwise ?? 'abort' };
}

function identify(written: FileCanary['identify']): IdentifySpec {
  if (written === undefined || written === 'auto') return { kind: 'auto' };
  return 'cookie' in written
    ? { kind: 'cookie', name: written.cookie }
    : { kind: 'header', name: written.header.toLowerCase() };
}

function always(written: FileCanary['always']): HeaderMatch | null {
  const [header] = Object.entries(written?.header ?? {});
  return header ? { name: header[0].toLowerCase(), value: header[1] } : null;
}
