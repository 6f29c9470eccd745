/* The queue under several producers and consumers, and how closing ends them. */
#include "base/sync.h"

#include <pthread.h>
#include <stdint.h>

#include "lib/tap.h"

#define PRODUCERS 3
#define CONSUMERS 3
#define EACH      20000

static int numbers[PRODUCERS * EACH];

struct producer {
    th_queue *queue;
    int *first;
};

struct consumer {
    th_queue *queue;
    int64_t sum;
    int64_t count;
    bool in_order; /* what one producer put arrives at one consumer in its order */
};

static void *produce(void *arg)
{
    struct producer *p = arg;
    for (int i = 0; i < EACH; i++)
        if (!th_queue_put(p->queue, &p->first[i]))
            return NULL;
    return NULL;
}

static void *consume(void *arg)
{
    struct consumer *c = arg;
    const int *item;
    int last[PRODUCERS] = {-1, -1, -1};
    c->in_order = true;
    while ((item = th_queue_take(c->queue)) != NULL) {
        int who = *item / EACH;
        c->in_order = c->in_order && *item > last[who];
        last[who] = *item;
        c->sum += *item;
        c->count++;
    }
    return NULL;
}

static void many(size_t capacity)
{
    th_queue *queue = th_queue_new(capacity);
    struct producer producers[PRODUCERS];
    struct consumer consumers[CONSUMERS];
    pthread_t threads[PRODUCERS + CONSUMERS];
    for (int i = 0; i < PRODUCERS * EACH; i++)
        numbers[i] = i;
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){queue, numbers + (size_t)i * EACH};
        pthread_create(&threads[i], NULL, produce, &producers[i]);
    }
    for (int i = 0; i < CONSUMERS; i++) {
        consumers[i] = (struct consumer){queue, 0, 0, true};
        pthread_create(&threads[PRODUCERS + i], NULL, consume, &consumers[i]);
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(threads[i], NULL);
    th_queue_close(queue);
    int64_t sum = 0;
    int64_t count = 0;
    bool in_order = true;
    for (int i = 0; i < CONSUMERS; i++) {
        pthread_join(threads[PRODUCERS + i], NULL);
        sum += consumers[i].sum;
        count += consumers[i].count;
        in_order = in_order && consumers[i].in_order;
    }
    int64_t all = (int64_t)PRODUCERS * EACH;
    tap_is_int(count, all, "every item arrives");
    tap_is_int(sum, all * (all - 1) / 2, "each exactly once");
    tap_ok(in_order, "in the order in which they were put");
    th_queue_free(queue);
}

static void closing(void)
{
    int a = 1;
    int b = 2;
    th_queue *queue = th_queue_new(4);
    tap_ok(th_queue_put(queue, &a) && th_queue_put(queue, &b), "two items fit");
    th_queue_close(queue);
    tap_ok(!th_queue_put(queue, &a), "a closed queue takes nothing");
    tap_ok(th_queue_take(queue) == &a, "what is inside can still be taken");
    tap_ok(th_queue_take(queue) == &b, "in order");
    tap_ok(th_queue_take(queue) == NULL, "then NULL");
    tap_ok(th_queue_take(queue) == NULL, "again and again");
    th_queue_free(queue);
    th_queue_free(NULL);
}

/* A producer that waits for room is woken by closing. */
static void wakes(void)
{
    th_queue *queue = th_queue_new(1);
    struct producer producer = {queue, numbers};
    struct consumer consumer = {queue, 0, 0, true};
    pthread_t putting;
    pthread_t taking;
    pthread_create(&putting, NULL, produce, &producer);
    tap_ok(th_queue_take(queue) == &numbers[0], "a single place is used by turns");
    th_queue_close(queue);
    pthread_join(putting, NULL);
    tap_ok(true, "a waiting producer ends when the queue is closed");
    pthread_create(&taking, NULL, consume, &consumer);
    pthread_join(taking, NULL);
    tap_ok(consumer.count <= 1, "a consumer drains and ends");
    th_queue_free(queue);
}

static void cancel(void)
{
    th_cancel flag = {false};
    tap_ok(!th_cancelled(&flag) && !th_cancelled(NULL), "not cancelled at first, nor without flag");
    th_cancel_set(&flag);
    tap_ok(th_cancelled(&flag), "cancelled");
    th_cancel_reset(&flag);
    tap_ok(!th_cancelled(&flag), "and back");
}

int main(void)
{
    many(1);
    many(7);
    many(1000);
    closing();
    wakes();
    cancel();
    return tap_done();
}
