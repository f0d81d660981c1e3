import avro from 'avsc';
import type { Type } from 'avsc';
import { RecordFault } from '../records/record-fault.js';
import { schemaExcess } from '../registry/schema-bounds.js';
import { expansionExcess, withoutDefaults } from '../registry/schema-expansion.js';
import type { AvroSchema } from '../schema-files.js';

/**
 * A writer's schema, parsed, its names resolved, its defaults left out.
 * @throws RecordFault `wrong_schema` where it is none, or is larger or deeper than a schema may be.
 */
export function parseSchema(schema: AvroSchema): Type {
  const excess = schemaExcess(schema);
  if (excess !== null) throw notCompiled(excess);
  let type: Type;
  try {
    type = avro.Type.forSchema(withoutDefaults(schema));
  } catch (error) {
    throw new RecordFault(
      'wrong_schema',
      `not an Avro schema: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const expanded = expansionExcess(type);
  if (expanded !== null) throw notCompiled(expanded);
  return type;
}

function notCompiled(excess: string): RecordFault {
  return new RecordFault('wrong_schema', `not a schema to compile: ${excess}`);
}
