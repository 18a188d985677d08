package io.millrace.broker.api;

import static io.millrace.broker.api.AdminApis.row;

import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.MetadataView;
import io.millrace.protocol.message.AlterClientQuotasRequest;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.CreateAclsRequest;
import io.millrace.protocol.message.CreateDelegationTokenRequest;
import io.millrace.protocol.message.DeleteAclsRequest;
import io.millrace.protocol.message.DescribeAclsRequest;
import io.millrace.protocol.message.DescribeClientQuotasRequest;
import io.millrace.protocol.message.DescribeDelegationTokenRequest;
import io.millrace.protocol.message.DescribeUserScramCredentialsRequest;
import io.millrace.protocol.message.ExpireDelegationTokenRequest;
import io.millrace.protocol.message.RenewDelegationTokenRequest;
import io.millrace.protocol.message.SaslAuthenticateRequest;
import io.millrace.protocol.message.SaslHandshakeRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of the {@link ApiTable} about who may do what and how much. There is no authorizer and
 * no authentication yet: rules and tokens are refused as Kafka refuses them then; quotas and
 * credentials are kept and shown, but nothing is limited or checked by them.
 */
final class SecurityApis {
    private SecurityApis() {}

    /** The rows. */
    static List<ApiTable.Row<?, ?>> rows(MetadataView metadata, ControllerApi controller) {
        List<ApiTable.Row<?, ?>> rows = new ArrayList<>(refused());
        rows.addAll(tokens());
        rows.addAll(kept(metadata, controller));
        return rows;
    }

    private static List<ApiTable.Row<?, ?>> refused() {
        return List.of(
                row(
                        ApiKey.SASL_HANDSHAKE,
                        Resource.NONE,
                        SaslHandshakeRequest::read,
                        new SaslHandshakeHandler()),
                row(
                        ApiKey.SASL_AUTHENTICATE,
                        Resource.NONE,
                        SaslAuthenticateRequest::read,
                        new SaslAuthenticateHandler()),
                row(
                        ApiKey.DESCRIBE_ACLS,
                        Resource.CLUSTER,
                        DescribeAclsRequest::read,
                        new DescribeAclsHandler()),
                row(
                        ApiKey.CREATE_ACLS,
                        Resource.CLUSTER,
                        CreateAclsRequest::read,
                        new CreateAclsHandler()),
                row(
                        ApiKey.DELETE_ACLS,
                        Resource.CLUSTER,
                        DeleteAclsRequest::read,
                        new DeleteAclsHandler()));
    }

    private static List<ApiTable.Row<?, ?>> tokens() {
        return List.of(
                row(
                        ApiKey.CREATE_DELEGATION_TOKEN,
                        Resource.NONE,
                        CreateDelegationTokenRequest::read,
                        new CreateDelegationTokenHandler()),
                row(
                        ApiKey.RENEW_DELEGATION_TOKEN,
                        Resource.NONE,
                        RenewDelegationTokenRequest::read,
                        new RenewDelegationTokenHandler()),
                row(
                        ApiKey.EXPIRE_DELEGATION_TOKEN,
                        Resource.NONE,
                        ExpireDelegationTokenRequest::read,
                        new ExpireDelegationTokenHandler()),
                row(
                        ApiKey.DESCRIBE_DELEGATION_TOKEN,
                        Resource.NONE,
                        DescribeDelegationTokenRequest::read,
                        new DescribeDelegationTokenHandler()));
    }

    private static List<ApiTable.Row<?, ?>> kept(MetadataView metadata, ControllerApi controller) {
        return List.of(
                row(
                        ApiKey.DESCRIBE_CLIENT_QUOTAS,
                        Resource.CLUSTER,
                        DescribeClientQuotasRequest::read,
                        new DescribeClientQuotasHandler(metadata)),
                row(
                        ApiKey.ALTER_CLIENT_QUOTAS,
                        Resource.CLUSTER,
                        AlterClientQuotasRequest::read,
                        new AlterClientQuotasHandler(controller)),
                row(
                        ApiKey.DESCRIBE_USER_SCRAM_CREDENTIALS,
                        Resource.CLUSTER,
                        DescribeUserScramCredentialsRequest::read,
                        new DescribeUserScramCredentialsHandler(metadata)),
                row(
                        ApiKey.ALTER_USER_SCRAM_CREDENTIALS,
                        Resource.CLUSTER,
                        AlterUserScramCredentialsRequest::read,
                        new AlterUserScramCredentialsHandler(controller)));
    }
}
