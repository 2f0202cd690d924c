export const line = (name, well) => `${name}: ${well ? 'healthy' : 'unhealthy'}`;
