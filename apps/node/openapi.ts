/** The OpenAPI document, printed from the same rows that the server binds. */
import type { Bound, Endpoint } from '@salus/base/endpoint'
import { z } from '@salus/base/schema'

const json = (schema: z.ZodType, io: 'input' | 'output') => ({
  'application/json': { schema: z.toJSONSchema(schema, { io, unrepresentable: 'any' }) },
})

function parameters(endpoint: Endpoint) {
  const list = (schema: z.ZodType | undefined, where: 'path' | 'query') => {
    const shape = schema instanceof z.ZodObject ? Object.entries(schema.shape) : []
    return shape.map(([name, one]) => ({
      ...{ name, in: where, required: where === 'path' },
      schema: z.toJSONSchema(one as z.ZodType, { io: 'input', unrepresentable: 'any' }),
    }))
  }
  return [...list(endpoint.params, 'path'), ...list(endpoint.query, 'query')]
}

const answer = (endpoint: Endpoint) =>
  endpoint.media ? { [endpoint.media]: { schema: { type: 'string' } } } : json(endpoint.output, 'output')

function operation(endpoint: Endpoint) {
  const anonymous = endpoint.allow.anonymous !== undefined
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    // Who may call: the row's own rule, word for word.
    'x-salus-allow': endpoint.allow,
    security: anonymous ? [{}, { session: [] }] : [{ session: [] }],
    parameters: parameters(endpoint),
    ...(endpoint.input ? { requestBody: { required: true, content: json(endpoint.input, 'input') } } : {}),
    responses: {
      200: { description: 'Done', content: answer(endpoint) },
      default: { description: 'Refused', content: { 'application/problem+json': { schema: { type: 'object' } } } },
    },
  }
}

/** OpenAPI 3.1 of the node. */
export function openApi(routes: readonly Bound[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const { endpoint } of routes) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Salus node', version: '0.1.0' },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'http', scheme: 'DPoP', description: 'A session token bound to the device key (RFC 9449).' },
      },
    },
  }
}
