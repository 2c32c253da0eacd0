import { VERSIONS } from '../versions.ts';

/** The wire-compatible server with its storage in one file of H2. */
export function mongoPom(): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>dev.tenantry</groupId><artifactId>local-mongo</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server-h2-backend</artifactId><version>${VERSIONS.mongoJavaServer}</version></dependency>
  </dependencies>
</project>
`;
}

/**
 * Its own main class listens on a fixed port of localhost. After a kill it begins empty: it has no journal and saves its collections at different times, so what a kill
 * leaves would say of copies that they are there which are not. MongoDB has a journal.
 */
export const MONGO_MAIN = `import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.nio.file.Files;
import java.nio.file.Path;

public class MongoDouble {
  public static void main(String[] args) throws Exception {
    Path data = Path.of(args[2]);
    Path closed = Path.of(args[2] + ".closed");
    if (!Files.deleteIfExists(closed)) Files.deleteIfExists(data);
    MongoServer server = new MongoServer(new H2Backend(data.toString()));
    server.bind(args[0], Integer.parseInt(args[1]));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      server.shutdown();
      try {
        Files.createFile(closed);
      } catch (java.io.IOException impossible) {
        throw new java.io.UncheckedIOException(impossible);
      }
    }));
    System.out.println("mongo-java-server, which is not MongoDB, listens on " + args[0] + ":" + args[1]);
    Thread.currentThread().join();
  }
}
`;
