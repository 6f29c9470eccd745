/* `correlation:`: which rules, grouped by what, within what time, how many. References are followed
 * later, when all files are read. */
#include "detect/sigma/sigma.h"

#include "base/text.h"
#include "base/time.h"

static bool load_type(struct th_sigma *s, const struct th_yaml *correlation)
{
    static const struct {
        const char *name;
        enum th_correlation_kind kind;
    } types[] = {
        {"event_count", TH_CORR_EVENT_COUNT},
        {"value_count", TH_CORR_VALUE_COUNT},
        {"temporal", TH_CORR_TEMPORAL},
        {"temporal_ordered", TH_CORR_TEMPORAL_ORDERED},
    };
    const struct th_yaml *type = th_yaml_get(correlation, "type");
    if (type == NULL || type->kind != TH_YAML_SCALAR)
        return th_sigma_error(s, correlation->line, "the correlation has no type");
    for (size_t i = 0; i < TH_COUNT(types); i++)
        if (th_str_is(type->text, types[i].name)) {
            s->rule->rule.correlation = types[i].kind;
            return true;
        }
    return th_sigma_error(
        s, type->line,
        "correlation type %.*s is not supported (event_count, value_count, temporal, "
        "temporal_ordered are)",
        TH_STR_ARGS(th_str_sub(type->text, 0, 40)));
}

static bool load_rules(struct th_sigma *s, const struct th_yaml *correlation)
{
    const struct th_yaml *rules = th_yaml_get(correlation, "rules");
    if (rules == NULL)
        return th_sigma_error(s, correlation->line, "the correlation names no rules");
    if (!th_sigma_strings(s, rules, "rules", &s->rule->refs, &s->rule->refs_n))
        return false;
    size_t n = s->rule->refs_n;
    enum th_correlation_kind kind = s->rule->rule.correlation;
    bool temporal = kind == TH_CORR_TEMPORAL || kind == TH_CORR_TEMPORAL_ORDERED;
    if (n > 64)
        return th_sigma_error(s, rules->line, "more than 64 rules");
    if (n < (temporal ? 2u : 1u))
        return th_sigma_error(s, rules->line,
                              temporal ? "at least two rules are needed"
                                       : "the correlation names no rules");
    return true;
}

static bool load_bound(struct th_sigma *s, const struct th_yaml *key, const struct th_yaml *value)
{
    struct th_rule *rule = &s->rule->rule;
    const struct {
        const char *name;
        int64_t *to;
    } bounds[] = {{"gte", &rule->gte}, {"gt", &rule->gt}, {"lte", &rule->lte},
                  {"lt", &rule->lt},   {"eq", &rule->eq}, {"neq", &rule->neq}};
    for (size_t i = 0; i < TH_COUNT(bounds); i++) {
        if (!th_str_is(key->text, bounds[i].name))
            continue;
        int64_t number = 0;
        struct th_str text = value->kind == TH_YAML_SCALAR ? value->text : TH_STR_NONE;
        for (size_t k = 0; k < text.n; k++) {
            if (text.p[k] < '0' || text.p[k] > '9' || text.n > 15)
                return th_sigma_error(s, value->line, "%s is no count", bounds[i].name);
            number = number * 10 + (text.p[k] - '0');
        }
        if (text.n == 0)
            return th_sigma_error(s, value->line, "%s is no count", bounds[i].name);
        *bounds[i].to = number;
        return true;
    }
    return th_sigma_error(s, key->line, "condition: %.*s is not known",
                          TH_STR_ARGS(th_str_sub(key->text, 0, 40)));
}

static bool load_value_field(struct th_sigma *s, const struct th_yaml *value)
{
    struct th_rule *rule = &s->rule->rule;
    if (rule->correlation != TH_CORR_VALUE_COUNT)
        return th_sigma_error(s, value->line, "condition: field belongs to value_count");
    if (value->kind == TH_YAML_LIST && value->n == 1)
        value = value->items[0];
    if (value->kind != TH_YAML_SCALAR)
        return th_sigma_error(s, value->line, "condition: field is not one name");
    if (!th_sigma_field(s, value->text, value->line, true, &rule->value_field))
        return false;
    rule->value_name = th_sigma_field_name(s, &rule->value_field, value->text);
    return true;
}

static bool has_bound(const struct th_rule *rule)
{
    return rule->gte >= 0 || rule->gt >= 0 || rule->lte >= 0 || rule->lt >= 0 || rule->eq >= 0 ||
           rule->neq >= 0;
}

static bool load_condition(struct th_sigma *s, const struct th_yaml *correlation)
{
    struct th_rule *rule = &s->rule->rule;
    const struct th_yaml *condition = th_yaml_get(correlation, "condition");
    bool counts =
        rule->correlation == TH_CORR_EVENT_COUNT || rule->correlation == TH_CORR_VALUE_COUNT;
    if (!counts) {
        if (condition != NULL)
            return th_sigma_error(s, condition->line,
                                  "a condition over temporal rules is not supported");
        return true;
    }
    if (condition == NULL || condition->kind != TH_YAML_MAP)
        return th_sigma_error(s, correlation->line,
                              "the correlation has no condition such as gte: 5");
    for (size_t i = 0; i < condition->n; i++) {
        bool good = th_str_is(condition->keys[i]->text, "field")
                        ? load_value_field(s, condition->items[i])
                        : load_bound(s, condition->keys[i], condition->items[i]);
        if (!good)
            return false;
    }
    if (!has_bound(rule))
        return th_sigma_error(s, condition->line, "the condition has no bound such as gte: 5");
    if (rule->correlation == TH_CORR_VALUE_COUNT && rule->value_name == NULL)
        return th_sigma_error(s, condition->line, "value_count counts no field");
    return true;
}

static bool load_timespan(struct th_sigma *s, const struct th_yaml *correlation)
{
    const struct th_yaml *span = th_yaml_get(correlation, "timespan");
    if (span == NULL)
        return th_sigma_error(s, correlation->line, "the correlation has no timespan");
    if (span->kind != TH_YAML_SCALAR ||
        !th_time_parse_span(span->text, &s->rule->rule.timespan_ms) ||
        s->rule->rule.timespan_ms <= 0)
        return th_sigma_error(s, span->line, "timespan is no span of time such as 5m or 1h");
    return true;
}

bool th_sigma_load_correlation(struct th_sigma *s, const struct th_yaml *correlation)
{
    if (correlation->kind != TH_YAML_MAP)
        return th_sigma_error(s, correlation->line, "correlation is no map");
    const struct th_yaml *aliases = th_yaml_get(correlation, "aliases");
    const struct th_yaml *group = th_yaml_get(correlation, "group-by");
    if (aliases != NULL)
        return th_sigma_error(s, aliases->line, "aliases are not supported");
    s->rule->generate = th_yaml_is_true(th_yaml_get(correlation, "generate"));
    if (!load_type(s, correlation) || !load_rules(s, correlation) ||
        !load_timespan(s, correlation) || !load_condition(s, correlation))
        return false;
    return group == NULL || group->kind == TH_YAML_NULL || th_sigma_group_by(s, group);
}
