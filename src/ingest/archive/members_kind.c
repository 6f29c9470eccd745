/* What an archive begins with. */
#include "ingest/archive/members.h"

#define TAR_MAGIC_AT 257u

/* The checksum is the sum of its bytes, its own field taken as blanks. */
bool th_members_is_tar_header(const unsigned char *p)
{
    unsigned long sum = 0;
    unsigned long noted = 0;
    size_t i = 148;
    for (size_t k = 0; k < 512; k++)
        sum += k >= 148 && k < 156 ? ' ' : p[k];
    while (i < 156 && p[i] == ' ')
        i++;
    if (i == 156 || p[i] < '0' || p[i] > '7')
        return false;
    for (; i < 156 && p[i] >= '0' && p[i] <= '7'; i++)
        noted = noted * 8 + (unsigned long)(p[i] - '0');
    return noted == sum && p[0] != '\0';
}

enum th_members_kind th_members_kind(struct th_str head)
{
    if (th_str_starts(head, TH_STR("PK\003\004")) || th_str_starts(head, TH_STR("PK\005\006")))
        return TH_MEMBERS_ZIP;
    if ((head.n >= TH_MEMBERS_HEAD && th_members_is_tar_header((const unsigned char *)head.p)) ||
        th_str_starts(th_str_sub(head, TAR_MAGIC_AT, head.n), TH_STR("ustar")))
        return TH_MEMBERS_TAR;
    return TH_MEMBERS_NO;
}
