package io.vbucket.rebalance.testkit.secure;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;

/** Private keys in PEM form, put under a password as {@code openssl pkcs8 -topk8} does. */
final class EncryptedKeys {
  private static final String ALGORITHM = "PBEWithSHA1AndDESede";
  private static final byte[] SALT = {1, 2, 3, 4, 5, 6, 7, 8};

  private EncryptedKeys() {}

  static String encrypt(String pem, String password) throws GeneralSecurityException, IOException {
    byte[] key = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    Cipher cipher = Cipher.getInstance(ALGORITHM);
    cipher.init(Cipher.ENCRYPT_MODE, secret(password), new PBEParameterSpec(SALT, 2048));
    EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(cipher.getParameters(), cipher.doFinal(key));
    return "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(info.getEncoded())
        + "\n-----END ENCRYPTED PRIVATE KEY-----\n";
  }

  private static SecretKey secret(String password) throws GeneralSecurityException {
    return SecretKeyFactory.getInstance(ALGORITHM).generateSecret(new PBEKeySpec(password.toCharArray()));
  }
}
