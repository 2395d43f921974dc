-- RETENTION_ORDERS_MONTHS: orders purchased before kept_from are deleted, and not stored again. Without a row all are kept.
CREATE TABLE "order_retention" (
    "singleton" BOOLEAN NOT NULL DEFAULT true,
    "months" SMALLINT NOT NULL,
    "kept_from" TIMESTAMPTZ(3),

    CONSTRAINT "order_retention_pkey" PRIMARY KEY ("singleton"),
    CONSTRAINT "order_retention_singleton" CHECK ("singleton")
);
