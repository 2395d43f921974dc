-- Amazon's ORDER_CHANGE notifications (src/notifications). A notification only names an order: it waits in notified_order
-- until it was read by its id, or a search has brought it.

-- Orders to be read: one row an order, however many notifications.
CREATE TABLE notified_order (
  amazon_order_id  text PRIMARY KEY,
  marketplace_id   text,
  -- Of the newest notification: when the order changed, or if Amazon doesn't say so when it was sent.
  event_at         timestamptz(3) NOT NULL,
  -- Whether event_at is the time of the change.
  has_change_time  boolean NOT NULL,
  received_at      timestamptz(3) NOT NULL,
  -- Counts notifications, so that one that comes while the order is read has it read again.
  events           int NOT NULL DEFAULT 1,
  -- Reads without a result, and when the next one is due; null: at once.
  attempts         int NOT NULL DEFAULT 0,
  next_try_at      timestamptz(3),
  -- The process that reads it. By the database's clock.
  claim            text,
  claimed_at       timestamptz(3)
);
CREATE INDEX notified_order_event_at_idx ON notified_order (event_at);

-- Notifications that were received: a queue delivers a message again until it is deleted, and Amazon sends some twice.
CREATE TABLE received_notification (
  notification_id  text PRIMARY KEY,
  amazon_order_id  text NOT NULL,
  event_at         timestamptz(3) NOT NULL,
  received_at      timestamptz(3) NOT NULL
);
CREATE INDEX received_notification_received_at_idx ON received_notification (received_at);
CREATE INDEX received_notification_order_idx ON received_notification (amazon_order_id, event_at);

-- What is known of queue and subscription: one row.
CREATE TABLE notification_state (
  id                    boolean PRIMARY KEY DEFAULT true CHECK (id),
  -- The queue that processes read.
  queue_url             text,
  queue_arn             text,
  polled_at             timestamptz(3),
  listening_since       timestamptz(3),
  -- Numbers of messages in the queue, and in its dead-letter queue; null: not known.
  queued                int,
  dead_letters          int,
  dead_letter_arn       text,
  -- Why the queue can't be read, or orders can't; null while it works.
  queue_error_code      text,
  queue_error           text,
  queue_error_at        timestamptz(3),
  read_error_code       text,
  read_error            text,
  read_error_at         timestamptz(3),
  -- The subscription at Amazon that was made from here.
  subscribed_arn        text,
  destination_id        text,
  subscription_id       text,
  subscribed_at         timestamptz(3),
  last_message_at       timestamptz(3),
  last_event_at         timestamptz(3),
  -- From the last event to the commit of its order.
  last_lag_ms           bigint,
  last_order_at         timestamptz(3),
  -- Messages so far, by outcome.
  accepted              bigint NOT NULL DEFAULT 0,
  duplicates            bigint NOT NULL DEFAULT 0,
  outdated              bigint NOT NULL DEFAULT 0,
  ignored               bigint NOT NULL DEFAULT 0,
  unreadable            bigint NOT NULL DEFAULT 0,
  last_unreadable       text,
  -- Orders that Amazon didn't return after several tries.
  unresolved            bigint NOT NULL DEFAULT 0,
  -- The last changes that a sync found and no notification told of.
  checked_change_id     bigint,
  missed_changes        int,
  missed_new_orders     int,
  missed_lag_ms         bigint,
  missed_at             timestamptz(3),
  -- The last test message, and when it came back.
  test_id               text,
  test_received_at      timestamptz(3)
);
INSERT INTO notification_state DEFAULT VALUES;
