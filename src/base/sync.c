/* A bounded queue of pointers: a ring under one mutex, with a condition for each side. */
#include "base/sync.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

struct th_queue {
    pthread_mutex_t lock;
    pthread_cond_t has_item;
    pthread_cond_t has_room;
    void **ring;
    size_t capacity;
    size_t head; /* next to take */
    size_t count;
    bool closed;
};

th_queue *th_queue_new(size_t capacity)
{
    assert(capacity > 0);
    th_queue *queue = th_xcalloc(1, sizeof *queue);
    queue->ring = th_xcalloc(capacity, sizeof *queue->ring);
    queue->capacity = capacity;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->has_item, NULL);
    pthread_cond_init(&queue->has_room, NULL);
    return queue;
}

void th_queue_free(th_queue *queue)
{
    if (queue == NULL)
        return;
    pthread_cond_destroy(&queue->has_room);
    pthread_cond_destroy(&queue->has_item);
    pthread_mutex_destroy(&queue->lock);
    free(queue->ring);
    free(queue);
}

bool th_queue_put(th_queue *queue, void *item)
{
    assert(item != NULL); /* NULL is how take says "closed" */
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed && queue->count == queue->capacity)
        pthread_cond_wait(&queue->has_room, &queue->lock);
    bool open = !queue->closed;
    if (open) {
        queue->ring[(queue->head + queue->count) % queue->capacity] = item;
        queue->count++;
        pthread_cond_signal(&queue->has_item);
    }
    pthread_mutex_unlock(&queue->lock);
    return open;
}

void *th_queue_take(th_queue *queue)
{
    void *item = NULL;
    pthread_mutex_lock(&queue->lock);
    while (!queue->closed && queue->count == 0)
        pthread_cond_wait(&queue->has_item, &queue->lock);
    if (queue->count > 0) {
        item = queue->ring[queue->head];
        queue->head = (queue->head + 1) % queue->capacity;
        queue->count--;
        pthread_cond_signal(&queue->has_room);
    }
    pthread_mutex_unlock(&queue->lock);
    return item;
}

void th_queue_close(th_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->has_item);
    pthread_cond_broadcast(&queue->has_room);
    pthread_mutex_unlock(&queue->lock);
}
