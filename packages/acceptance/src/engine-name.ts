/** The engines that are tested; `mariadb` and `mysql` are served by one package. */
export const ENGINE_NAMES = ['level', 'sqlite', 'mariadb', 'mysql', 'postgres'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];
