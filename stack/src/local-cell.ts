/** The one cell of the local platform (design §2). */
export const LOCAL_CELL = { name: 'main', database: 'cell_main', bucket: 'tenantry-main' } as const;
