/* Clients that CloudTrail really sees: the AWS tools and libraries of many versions, consoles,
 * browsers, services, and what goes about in other people's accounts. Expected values were worked
 * out from uap-core's expressions by another program that tries them all in their order.
 *
 * And the price of it: however often and for however many fields an agent is asked for, it is
 * matched once. */
#include "base/mem.h"
#include "base/text.h"
#include "ecs/enrich/enrich.h"
#include "lib/tap.h"

enum {
    KNOWN_EXPRESSIONS = 1162, /* of the version the values were worked out from */
    FIELDS = 6,
};

static const enum th_field fields[FIELDS] = {
    TH_F_USER_AGENT_NAME,    TH_F_USER_AGENT_VERSION,    TH_F_USER_AGENT_DEVICE_NAME,
    TH_F_USER_AGENT_OS_NAME, TH_F_USER_AGENT_OS_VERSION, TH_F_USER_AGENT_OS_FULL,
};

/* agent, name, version, device, system, its version; - for none */
static const struct {
    const char *agent, *name, *version, *device, *os, *os_version;
} known[] = {
    {"aws-cli/1.18.69 Python/3.8.10 Linux/5.4.0-1055-aws botocore/1.16.19", "aws-cli", "1.18.69",
     "Spider", "Linux", "5.4.0"},
    {"aws-cli/1.22.34 Python/3.10.12 Linux/6.2.0-1009-aws botocore/1.23.34", "aws-cli", "1.22.34",
     "Spider", "Linux", "6.2.0"},
    {"aws-cli/1.29.76 md/Botocore#1.31.76 ua/2.0 os/linux#5.15.0-1040-aws md/arch#x86_64 "
     "lang/python#3.8.10 md/pyimpl#CPython cfg/retry-mode#legacy botocore/1.31.76",
     "aws-cli", "1.29.76", "Spider", "Linux", "-"},
    {"aws-cli/2.1.29 Python/3.8.8 Linux/4.14.301-224.520.amzn2.x86_64 exec-env/CloudShell "
     "exe/x86_64.amzn.2 prompt/off command/sts.get-caller-identity",
     "aws-cli", "2.1.29", "Other", "Linux", "4.14.301"},
    {"aws-cli/2.7.24 Python/3.8.8 Windows/10 exe/AMD64 prompt/off command/iam.list-users",
     "aws-cli", "2.7.24", "Other", "Windows", "-"},
    {"aws-cli/2.11.2 Python/3.11.2 Darwin/22.3.0 exe/x86_64 prompt/off command/s3.ls", "aws-cli",
     "2.11.2", "Other", "-", "-"},
    {"aws-cli/2.13.0 Python/3.11.4 Linux/5.10.102.1-microsoft-standard-WSL2 exe/x86_64.ubuntu.22 "
     "prompt/off command/ec2.describe-instances",
     "aws-cli", "2.13.0", "Other", "Linux", "5.10.102"},
    {"aws-cli/2.15.30 Python/3.11.8 Linux/6.1.79-99.167.amzn2023.x86_64 exec-env/CloudShell "
     "exe/x86_64.amzn.2023 prompt/off",
     "aws-cli", "2.15.30", "Other", "Linux", "6.1.79"},
    {"[aws-cli/2.15.38 Python/3.11.8 Windows/11 exe/AMD64 prompt/off command/s3.cp]", "aws-cli",
     "2.15.38", "Other", "Windows", "-"},
    {"aws-cli/2.22.7 md/awscrt#0.22.0 ua/2.0 os/windows#11 md/arch#amd64 lang/python#3.12.6 "
     "md/pyimpl#CPython",
     "aws-cli", "2.22.7", "Other", "-", "-"},
    {"aws-cli/2.9.19 Python/3.9.11 Linux/6.1.0-kali7-amd64 exe/x86_64.kali.2023 prompt/off "
     "command/iam.create-access-key",
     "aws-cli", "2.9.19", "Other", "Linux", "6.1.0"},
    {"aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10.184-154.615.amzn2int.x86_64 "
     "OpenJDK_64-Bit_Server_VM/25.372-b08 java/1.8.0_372 vendor/Oracle_Corporation "
     "cfg/retry-mode/standard",
     "aws-sdk-java", "1.12.488", "Other", "Linux", "5.10.184"},
    {"aws-sdk-java/1.11.1030 Linux/5.4.0-1060-aws OpenJDK_64-Bit_Server_VM/11.0.13+8 java/11.0.13",
     "aws-sdk-java", "1.11.1030", "Other", "Linux", "5.4.0"},
    {"aws-sdk-java/2.17.106 Linux/4.14.256-197.484.amzn2.x86_64 "
     "OpenJDK_64-Bit_Server_VM/11.0.13+8-LTS Java/11.0.13 vendor/Amazon.com_Inc. io/sync "
     "http/Apache",
     "aws-sdk-java", "2.17.106", "Other", "Linux", "4.14.256"},
    {"aws-sdk-java/2.20.26 Mac_OS_X/13.2.1 OpenJDK_64-Bit_Server_VM/17.0.6+10 Java/17.0.6 "
     "vendor/Homebrew exec-env/unknown io/sync http/Apache cfg/retry-mode/legacy",
     "aws-sdk-java", "2.20.26", "Other", "-", "-"},
    {"aws-sdk-java/2.25.11 Windows_10/10.0 Java_HotSpot_TM__64-Bit_Server_VM/21 Java/21 "
     "kotlin/1.9.0 vendor/Oracle_Corporation",
     "aws-sdk-java", "2.25.11", "Other", "Windows", "-"},
    {"aws-sdk-go/1.38.55 (go1.16.5; darwin; amd64)", "aws-sdk-go", "1.38.55", "Other", "-", "-"},
    {"aws-sdk-go/1.44.100 (go1.18.1; windows; amd64) S3Manager", "aws-sdk-go", "1.44.100", "Other",
     "-", "-"},
    {"aws-sdk-go-v2/1.17.3 os/linux lang/go/1.19.4 md/GOOS/linux md/GOARCH/amd64 api/sts/1.18.0",
     "Other", "-", "Other", "Linux", "-"},
    {"aws-sdk-go-v2/1.30.3 os/macos lang/go#1.22.5 md/GOOS#darwin md/GOARCH#arm64 api/s3#1.58.2",
     "Other", "-", "Other", "-", "-"},
    {"m/E aws-sdk-go-v2/1.36.3 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#arm64 "
     "api/eks#1.60.0",
     "Other", "-", "Other", "Linux", "-"},
    {"aws-sdk-nodejs/2.1055.0 linux/v14.18.1 exec-env/AWS_Lambda_nodejs14.x callback",
     "aws-sdk-nodejs", "2.1055.0", "Other", "Linux", "-"},
    {"aws-sdk-js/3.186.0 os/win32/10.0.19044 lang/js md/nodejs/16.14.2 api/s3/3.186.0", "Other",
     "-", "Other", "-", "-"},
    {"aws-sdk-js/3.540.0 ua/2.0 os/linux#5.10.209-198.812.amzn2int.x86_64 lang/js "
     "md/nodejs#18.19.1 api/dynamodb#3.540.0 exec-env/AWS_Lambda_nodejs18.x",
     "Other", "-", "Other", "Linux", "-"},
    {"aws-sdk-js/2.1083.0 callback", "Other", "-", "Other", "-", "-"},
    {"aws-sdk-ruby3/3.130.2 ruby/3.0.3 x86_64-linux aws-sdk-iam/1.68.0", "Other", "-", "Other",
     "Linux", "-"},
    {"aws-sdk-ruby2/2.11.632 jruby/2.5.7 java aws-sdk-s3/2", "aws-sdk-ruby2", "2.11.632", "Other",
     "-", "-"},
    {"aws-sdk-php/3.222.17 OS/Linux/5.4.0-109-generic lang/php/8.1.5 GuzzleHttp/7", "Other", "-",
     "Other", "Linux", "5.4.0"},
    {"aws-sdk-cpp/1.9.379 Linux/5.10.0-21-cloud-amd64 x86_64 GCC/10.2.1", "aws-sdk-cpp", "1.9.379",
     "Other", "Linux", "5.10.0"},
    {"aws-sdk-dotnet-coreclr/3.7.100.14 aws-sdk-dotnet-core/3.7.100.14 .NET_Core/6.0.8 "
     "OS/Linux_5.4.0 ClientAsync",
     "aws-sdk-dotnet-core", "3.7.100", "Other", "Linux", "-"},
    {"aws-sdk-dotnet-45/3.3.103.17 aws-sdk-dotnet-core/3.3.106.5 .NET_Runtime/4.0 "
     ".NET_Framework/4.8 OS/Microsoft_Windows_NT_10.0.17763.0 ClientAsync",
     "aws-sdk-dotnet-45", "3.3.103", "Other", "Windows", "-"},
    {"aws-sdk-rust/0.55.3 os/linux lang/rust/1.69.0", "Other", "-", "Other", "Linux", "-"},
    {"aws-sdk-net/4.0.1 ua/2.1 os/macos#14.5 lang/.NET_Core#8.0.0 md/aws-sdk-dotnet-core#4.0.0 "
     "api/S3#4.0.1",
     "Other", "-", "Other", "-", "-"},
    {"aws-sdk-iOS/2.27.0 iOS/15.4.1 en_US", "Other", "-", "Other", "iOS", "2.27.0"},
    {"aws-sdk-android/2.22.0 Linux/5.4.61 Dalvik/2.1.0/0 en_US TransferService_multipart/2.22.0",
     "Other", "-", "Other", "Linux", "5.4.61"},
    {"Boto/2.49.0 Python/2.7.17 Linux/4.15.0-176-generic", "Boto", "2.49.0", "Spider", "Linux",
     "4.15.0"},
    {"Boto3/1.9.86 Python/2.7.15rc1 Linux/4.15.0-1029-aws exec-env/AWS_Lambda_python2.7 "
     "Botocore/1.12.86",
     "Boto3", "1.9.86", "Spider", "Linux", "4.15.0"},
    {"Boto3/1.20.32 Python/3.9.7 Windows/10 Botocore/1.23.32", "Boto3", "1.20.32", "Spider",
     "Windows", "-"},
    {"Boto3/1.26.90 Python/3.10.9 Darwin/22.3.0 Botocore/1.29.90", "Boto3", "1.26.90", "Spider",
     "-", "-"},
    {"Boto3/1.28.57 md/Botocore#1.31.57 ua/2.0 os/macos#22.6.0 md/arch#arm64 lang/python#3.11.5 "
     "md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.31.57 Resource",
     "Boto3", "1.28.57", "Spider", "-", "-"},
    {"Botocore/1.21.65 Python/3.8.10 Linux/5.11.0-1022-aws", "Other", "-", "Spider", "Linux",
     "5.11.0"},
    {"APN/1.0 HashiCorp/1.0 Terraform/1.3.6 (+https://www.terraform.io) "
     "terraform-provider-aws/4.48.0 (+https://registry.terraform.io/providers/hashicorp/aws) "
     "aws-sdk-go/1.44.165 (go1.19.3; linux; amd64)",
     "aws-sdk-go", "1.44.165", "Other", "Linux", "-"},
    {"APN/1.0 HashiCorp/1.0 Terraform/1.9.5 (+https://www.terraform.io) "
     "terraform-provider-aws/5.66.0 (+https://registry.terraform.io/providers/hashicorp/aws) "
     "aws-sdk-go-v2/1.30.5 os/linux lang/go#1.22.6 md/GOOS#linux md/GOARCH#amd64 api/iam#1.35.0",
     "Other", "-", "Other", "Linux", "-"},
    {"APN/1.0 Pulumi/1.0 PulumiAWS/5.31.0 aws-sdk-go/1.44.175 (go1.19.5; darwin; arm64)",
     "aws-sdk-go", "1.44.175", "Other", "-", "-"},
    {"console.amazonaws.com", "Other", "-", "Other", "-", "-"},
    {"signin.amazonaws.com", "Other", "-", "Other", "-", "-"},
    {"AWS Internal", "Other", "-", "Other", "-", "-"},
    {"cloudformation.amazonaws.com", "Other", "-", "Other", "-", "-"},
    {"AWSConsole, aws-sdk-java/1.12.488 Linux/5.10.184-154.615.amzn2int.x86_64 "
     "OpenJDK_64-Bit_Server_VM/25.372-b08",
     "aws-sdk-java", "1.12.488", "Other", "Linux", "5.10.184"},
    {"S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.964 "
     "Linux/4.9.230-0.1.ac.224.84.332.metal1.x86_64 OpenJDK_64-Bit_Server_VM/25.282-b08 "
     "java/1.8.0_282 vendor/Oracle_Corporation",
     "aws-sdk-java", "1.11.964", "Other", "Linux", "4.9.230"},
    {"[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.136 Linux/5.4.156-94.273.amzn2int.x86_64 "
     "OpenJDK_64-Bit_Server_VM/25.312-b07]",
     "aws-sdk-java", "1.12.136", "Other", "Linux", "5.4.156"},
    {"AWS CloudWatch Console", "Other", "-", "Other", "-", "-"},
    {"EC2ConsoleBackend", "Other", "-", "Other", "-", "-"},
    {"Coral/Netty4", "Other", "-", "Other", "-", "-"},
    {"Coral/Jakarta Commons-HttpClient3", "Other", "-", "Other", "-", "-"},
    {"Apache-HttpClient/UNAVAILABLE (Java/1.8.0_292)", "Apache-HttpClient", "-", "Other", "-", "-"},
    {"python-requests/2.28.1", "Python Requests", "2.28", "Other", "-", "-"},
    {"curl/7.79.1", "curl", "7.79.1", "Other", "-", "-"},
    {"Wget/1.21.2", "Wget", "1.21.2", "Other", "-", "-"},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 "
     "Safari/537.36",
     "Chrome", "114.0.0.0", "Other", "Linux", "-"},
    {"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", "Firefox",
     "115.0", "Other", "Ubuntu", "-"},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/114.0.0.0 Safari/537.36 Edg/114.0.1823.67",
     "Edge", "114.0.1823.67", "Other", "Windows", "10"},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/16.5 Safari/605.1.15",
     "Safari", "16.5", "Mac", "Mac OS X", "10.15.7"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/16.5 Mobile/15E148 Safari/604.1",
     "Mobile Safari", "16.5", "iPhone", "iOS", "16.5"},
    {"Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/114.0.0.0 Mobile Safari/537.36",
     "Chrome Mobile", "114.0.0.0", "Pixel 7", "Android", "13"},
    {"kubectl/v1.27.3 (linux/amd64) kubernetes/25b4e43", "Other", "-", "Other", "Linux", "-"},
    {"eksctl/0.147.0 aws-sdk-go-v2/1.18.1 os/linux lang/go/1.20.5", "Other", "-", "Other", "Linux",
     "-"},
    {"Steampipe/0.19.4 aws-sdk-go-v2/1.17.8", "Other", "-", "Other", "-", "-"},
    {"Rclone/v1.62.2", "Other", "-", "Other", "-", "-"},
    {"pacu/1.0", "Other", "-", "Other", "-", "-"},
};

static void check(const struct th_enrich *enrich, size_t row)
{
    char full[200];
    snprintf(full, sizeof full, "%s %s", known[row].os, known[row].os_version);
    const char *want[FIELDS] = {
        known[row].name,       known[row].version,
        known[row].device,     known[row].os,
        known[row].os_version, strcmp(known[row].os_version, "-") == 0 ? "-" : full};
    struct th_buf out = TH_BUF_INIT;
    bool same = true;
    for (size_t f = 0; f < FIELDS; f++) {
        th_buf_reset(&out);
        bool found = th_enrich_user_agent(enrich, th_str_of(known[row].agent), fields[f], &out);
        const char *got = found ? th_buf_cstr(&out) : "-";
        if (strcmp(got, want[f]) == 0)
            continue;
        same = false;
        tap_note("%s: got %s, want %s", th_field_info(fields[f])->name, got, want[f]);
    }
    tap_ok(same, "%s", known[row].agent);
    th_buf_fini(&out);
}

static void ask_all(const struct th_enrich *enrich, struct th_str agent)
{
    struct th_buf out = TH_BUF_INIT;
    for (size_t f = 0; f < FIELDS; f++)
        th_enrich_user_agent(enrich, agent, fields[f], &out);
    th_buf_fini(&out);
}

static void test_once(void)
{
    struct th_enrich *enrich = th_enrich_new();
    if (th_enrich_user_agents(enrich, NULL, NULL) != TH_OK) {
        th_enrich_free(enrich);
        return;
    }
    for (int again = 0; again < 100; again++)
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            ask_all(enrich, th_str_of(known[i].agent));
    tap_is_int((int64_t)th_enrich_matches(enrich), sizeof known / sizeof known[0],
               "each agent is matched once, however often it comes");
    char *big = th_xmalloc(100000);
    memset(big, 'x', 100000);
    uint64_t before = th_enrich_matches(enrich);
    ask_all(enrich, (struct th_str){big, 100000});
    ask_all(enrich, (struct th_str){big, 50000});
    tap_is_int((int64_t)(th_enrich_matches(enrich) - before), 1,
               "so is a huge one, whose end nobody looks at");
    before = th_enrich_matches(enrich);
    for (unsigned i = 0; i < 200; i++) {
        snprintf(big, 8192, "%08u", i);
        big[8] = 'x';
        ask_all(enrich, (struct th_str){big, 8000});
    }
    tap_is_int((int64_t)(th_enrich_matches(enrich) - before), 200, "and each of many huge ones");
    ask_all(enrich, TH_STR_NONE);
    tap_is_int((int64_t)(th_enrich_matches(enrich) - before), 200, "no agent, no match");
    free(big);
    th_enrich_free(enrich);
}

/* Agents that are matched together are asked for field by field: each is matched once, and what
 * they give is what one at a time gives. */
static void test_batch(void)
{
    enum { N = TH_FIELD_BATCH };
    struct th_enrich *together = th_enrich_new();
    struct th_enrich *single = th_enrich_new();
    struct th_str *agents = th_xcalloc(N, sizeof *agents);
    size_t different = 0;
    if (th_enrich_user_agents(together, NULL, NULL) != TH_OK ||
        th_enrich_user_agents(single, NULL, NULL) != TH_OK) {
        tap_skip("agents together", "no uap-core here");
        goto out;
    }
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < N; i++) {
            char *text = th_xasprintf("%s %zu", known[i % (sizeof known / sizeof known[0])].agent,
                                      round * N + i);
            agents[i] = th_str_of(text);
        }
        free((char *)(uintptr_t)agents[7].p);
        free((char *)(uintptr_t)agents[9].p);
        agents[7] = agents[8];
        agents[9] = TH_STR_NONE;
        uint64_t before = th_enrich_matches(together);
        th_field_batch *batch = th_field_batch_begin(TH_F_USER_AGENT_ORIGINAL, agents, N, together);
        for (size_t f = 0; f < FIELDS; f++)
            for (size_t i = 0; i < N; i++) {
                struct th_buf a = TH_BUF_INIT;
                struct th_buf b = TH_BUF_INIT;
                bool got = th_field_batch_derive(batch, fields[f], i, &a);
                bool want = th_enrich_user_agent(single, agents[i], fields[f], &b);
                different += got != want || !th_str_eq(th_buf_str(&a), th_buf_str(&b));
                th_buf_fini(&a);
                th_buf_fini(&b);
            }
        th_field_batch_end(batch);
        tap_is_int((int64_t)(th_enrich_matches(together) - before), N - 1,
                   "each is matched once, those that aren't there never");
        before = th_enrich_matches(together);
        th_field_batch_end(th_field_batch_begin(TH_F_USER_AGENT_ORIGINAL, agents, N, together));
        tap_ok(th_enrich_matches(together) - before < N, "a batch that nobody asks may be ended");
        for (size_t i = 0; i < N; i++)
            if (i != 7 && i != 9)
                free((char *)(uintptr_t)agents[i].p);
    }
    tap_is_int((int64_t)different, 0, "together and one at a time give the same");
out:
    th_field_batch_end(th_field_batch_begin(TH_F_USER_AGENT_ORIGINAL, NULL, 0, together));
    free(agents);
    th_enrich_free(together);
    th_enrich_free(single);
}

int main(void)
{
    struct th_enrich *enrich = th_enrich_new();
    struct th_buf notes = TH_BUF_INIT;
    char words[40];
    snprintf(words, sizeof words, ", %d expressions", KNOWN_EXPRESSIONS);
    if (th_enrich_user_agents(enrich, NULL, NULL) != TH_OK)
        tap_skip("known clients", "no uap-core here");
    th_enrich_notes(enrich, &notes);
    if (th_enrich_has(enrich, TH_ENRICH_AGENTS) && strstr(th_buf_cstr(&notes), words) == NULL)
        tap_skip("known clients", "another version of uap-core");
    else if (th_enrich_has(enrich, TH_ENRICH_AGENTS))
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            check(enrich, i);
    test_once();
    test_batch();
    th_buf_reset(&notes);
    th_enrich_notes(enrich, &notes);
    tap_ok(strstr(th_buf_cstr(&notes), "too long over") == NULL, "no expression took too long");
    th_buf_fini(&notes);
    th_enrich_free(enrich);
    return tap_done();
}
