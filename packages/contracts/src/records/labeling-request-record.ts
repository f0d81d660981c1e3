import { LABELING_REASONS, type LabelingRequest, type ModelRole } from '@tidemark/monitoring';
import { RecordFault } from './record-fault.js';

interface AvroLabelingRequest {
  readonly event_id: string;
  readonly model: string;
  readonly version: string;
  readonly role: ModelRole;
  readonly event_time: number;
  readonly inclusion_probability: number;
  readonly reason: string;
  readonly stratum: string;
  readonly baseline_id: string | null;
  readonly segments: LabelingRequest['segments'];
  readonly features: LabelingRequest['features'];
  readonly prediction: {
    readonly score: number | null;
    readonly class: string | null;
    readonly value: number | null;
    readonly probabilities: Readonly<Record<string, number>>;
  };
  readonly confidence: number | null;
}

export function requestToAvro(request: LabelingRequest): AvroLabelingRequest {
  const { stream, answer, segments, features, reason, stratum } = request;
  const { score, class: predicted, value, confidence, probabilities } = answer;
  return {
    ...{ event_id: request.eventId, event_time: request.eventTime, ...stream, segments, features, reason, stratum },
    inclusion_probability: request.inclusionProbability,
    baseline_id: request.baselineId,
    prediction: { score, class: predicted, value, probabilities: Object.fromEntries(probabilities) },
    confidence,
  };
}

/** @throws RecordFault where the probability is none, or the reason is not known. */
export function requestFromAvro(record: unknown): LabelingRequest {
  const request = record as AvroLabelingRequest;
  const { model, version, role, stratum, prediction, confidence } = request;
  const { score, class: predicted, value, probabilities } = prediction;
  const inclusionProbability = request.inclusion_probability;
  const reason = LABELING_REASONS.find((each) => each === request.reason);
  if (reason === undefined) throw new RecordFault('damaged', `there is no reason '${request.reason.slice(0, 60)}'`);
  if (!(inclusionProbability > 0 && inclusionProbability <= 1)) {
    throw new RecordFault('damaged', `${inclusionProbability} is no probability of having been chosen`);
  }
  return {
    ...{ eventId: request.event_id, eventTime: request.event_time, stream: { model, version, role }, stratum },
    ...{ inclusionProbability, reason, baselineId: request.baseline_id },
    segments: { ...request.segments },
    features: { ...request.features },
    answer: {
      ...{ score, class: predicted, value, confidence },
      probabilities: new Map(Object.entries(probabilities)),
    },
  };
}
